/** What the overlays of k8s/ come to: rendered by kustomize where there is one, else put together file by file. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../../dev/node.mjs';
import { run } from '../../dev/run.mjs';

const K8S = join(ROOT, 'k8s');

/** @typedef {{ apiVersion: string, kind: string, metadata: { name: string } } & Record<string, unknown>} Resource */

/**
 * @typedef {object} Kustomization what this project uses of one
 * @property {string[]} [resources]
 * @property {string[]} [components]
 * @property {{ path?: string, patch?: string, target?: { kind?: string, name?: string } }[]} [patches]
 * @property {Generator[]} [configMapGenerator]
 * @property {Generator[]} [secretGenerator]
 * @property {{ name: string, count: number }[]} [replicas]
 */

/** @typedef {{ name: string, literals?: string[], files?: string[] }} Generator */

/** @returns {string[]} the folders that are applied to a cluster */
export const overlays = () => readdirSync(join(K8S, 'overlays')).map((name) => join(K8S, 'overlays', name));

/** @param {string} text @returns {Resource[]} */
export const resourcesIn = (text) =>
  parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0]) throw document.errors[0];
    const resource = /** @type {Resource | null} */ (document.toJS());
    return resource ? [resource] : [];
  });

/**
 * @param {string} dir of an overlay
 * @returns {Promise<Resource[] | undefined>} undefined where there is no kustomize
 * @throws {Error} with what kustomize says
 */
export async function render(dir) {
  for (const [tool, ...args] of [
    ['kubectl', 'kustomize'],
    ['kustomize', 'build'],
  ]) {
    const result = await run(String(tool), [...args, dir]).catch(() => undefined);
    if (result?.code === 0) return resourcesIn(result.output).map(inOneLine);
    if (result) throw new Error(result.output.trim());
  }
  return undefined;
}

/** Base64 that kustomize has broken into lines. @param {Resource} resource @returns {Resource} */
function inOneLine(resource) {
  if (resource.kind !== 'Secret') return resource;
  const entries = Object.entries(/** @type {Record<string, string>} */ (resource.data ?? {}));
  return {
    ...resource,
    data: Object.fromEntries(entries.map(([key, value]) => [key, value.replaceAll('\n', '')])),
  };
}

/**
 * What a folder's kustomization is made of, without carrying out its patches: what is said of names holds
 * for these as well.
 *
 * @param {string} dir
 * @returns {{ resources: Resource[], patches: Resource[], problems: string[] }}
 *   patches: those that are written as a part of the resource
 */
export function assemble(dir) {
  const file = join(dir, 'kustomization.yaml');
  const place = relative(ROOT, file);
  if (!existsSync(file)) return { resources: [], patches: [], problems: [`${place} does not exist`] };
  const kustomization = /** @type {Kustomization} */ (parse(readFileSync(file, 'utf8')));
  const { resources = [], components = [], patches = [], replicas = [] } = kustomization;
  const generators = [...(kustomization.configMapGenerator ?? []), ...(kustomization.secretGenerator ?? [])];
  const named = [
    ...resources,
    ...components,
    ...patches.flatMap(({ path }) => path ?? []),
    ...generators.flatMap(({ files = [] }) => files.map((entry) => entry.replace(/^[^=]+=/, ''))),
  ];
  const problems = named
    .filter((name) => !existsSync(join(dir, name)))
    .map((name) => `${place} names ${name}, which does not exist`);
  const parts = [...resources, ...components].map((name) => join(dir, name)).filter(existsSync);
  const made = parts.map((part) =>
    statSync(part).isDirectory()
      ? assemble(part)
      : { resources: resourcesIn(readFileSync(part, 'utf8')), patches: [], problems: [] },
  );
  const all = [
    ...made.flatMap((part) => part.resources),
    ...(kustomization.configMapGenerator ?? []).map((generator) => generated('ConfigMap', generator)),
    ...(kustomization.secretGenerator ?? []).map((generator) => generated('Secret', generator)),
  ];
  const own = patches.map(({ path, patch, target }) => ({
    body: partIn(path && existsSync(join(dir, path)) ? readFileSync(join(dir, path), 'utf8') : patch),
    target,
  }));
  const targets = [
    ...own
      .filter(({ target }) => !target)
      .map(({ body }) => ({ kind: body?.kind, name: body?.metadata.name })),
    ...patches.flatMap(({ target }) => target ?? []),
    ...replicas.map(({ name }) => ({ kind: undefined, name })),
  ];
  for (const { kind, name } of targets)
    if (!all.some((one) => (!kind || one.kind === kind) && (!name || one.metadata.name === name)))
      problems.push(`${place} changes ${kind ?? 'a resource'} ${name ?? ''}, which does not exist`);
  return {
    resources: all,
    patches: [...made.flatMap((part) => part.patches), ...own.flatMap(({ body }) => body ?? [])],
    problems: [...made.flatMap((part) => part.problems), ...problems],
  };
}

/**
 * @param {string | undefined} text of a patch
 * @returns {Resource | undefined} undefined for a list of operations
 */
function partIn(text) {
  const content = text === undefined ? undefined : parse(text);
  return Array.isArray(content) ? undefined : content;
}

/** @param {'ConfigMap' | 'Secret'} kind @param {Generator} generator @returns {Resource} */
function generated(kind, { name, literals = [], files = [] }) {
  const encode = (/** @type {string} */ text) => (kind === 'Secret' ? btoa(text) : text);
  const entries = [
    ...literals.map((literal) => [literal.split('=', 1)[0], encode(literal.replace(/^[^=]*=/, ''))]),
    ...files.map((file) => [file.includes('=') ? file.split('=', 1)[0] : basename(file), '']),
  ];
  return { apiVersion: 'v1', kind, metadata: { name }, data: Object.fromEntries(entries) };
}
