/**
 * Kubernetes resources against their schemas, those of KEDA and cert-manager included. The packages with the schemas
 * hold them twice: as TypeScript, which refuses a field that does not exist, and as validators, which check what a
 * type cannot say.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../dev/node.mjs';

/** Packages by the group of a resource; what is not named here is Kubernetes' own. */
const PACKAGES = new Map([
  ['keda.sh', '@kubernetes-models/keda'],
  ['cert-manager.io', '@kubernetes-models/cert-manager'],
  ['monitoring.coreos.com', '@kubernetes-models/prometheus-operator'],
]);

/** Characters of a message: behind them the type is written out. */
const LONGEST = 240;

/** @typedef {import('./render.mjs').Resource} Resource */

/** @param {Resource} resource @returns {string} the module that has its type and its validator */
const moduleOf = ({ apiVersion, kind }) =>
  `${PACKAGES.get(apiVersion.split('/')[0] ?? '') ?? 'kubernetes-models'}/${apiVersion}/${kind}`;

/** @param {Resource} resource */
const labelOf = ({ kind, metadata }) => `${kind} ${metadata?.name}`;

/** @param {Resource} resource */
const isKnown = (resource) => existsSync(join(ROOT, 'node_modules', `${moduleOf(resource)}.d.ts`));

/**
 * @param {readonly Resource[]} resources whole ones
 * @param {readonly Resource[]} [patches] parts of some
 * @returns {Promise<string[]>} what is wrong
 */
export async function schemaProblems(resources, patches = []) {
  const unknown = [...resources, ...patches].filter((resource) => !isKnown(resource));
  const whole = resources.filter(isKnown);
  const parts = patches.filter(isKnown);
  return [
    ...unknown.map(
      (resource) =>
        `${labelOf(resource)}: there is no schema here for ${resource.apiVersion} ${resource.kind}`,
    ),
    ...typeProblems(whole, parts),
    ...(await Promise.all(whole.map(validatorProblems))).flat(),
  ];
}

/** @param {Resource} resource @returns {Promise<string[]>} */
async function validatorProblems(resource) {
  const { [resource.kind]: Model } = await import(moduleOf(resource));
  try {
    new Model(resource).validate();
    return [];
  } catch (error) {
    return [`${labelOf(resource)}: ${error instanceof Error ? error.message : error}`];
  }
}

/** A part of a type, at every level. */
const PARTIAL = `type Part<T> =
  T extends readonly (infer E)[] ? Part<E>[] : T extends object ? { [K in keyof T]?: Part<T[K]> } : T;
`;

/**
 * As a program that says of each resource that it is one: an object literal may hold nothing that its type does not.
 *
 * @param {readonly Resource[]} resources @param {readonly Resource[]} patches @returns {string[]}
 */
export function typeProblems(resources, patches) {
  const file = join(ROOT, '.cache/resources.ts');
  /** @type {string[]} where each resource begins */
  const labels = [];
  let text = PARTIAL;
  for (const [resource, isPart] of [
    ...resources.map((one) => /** @type {const} */ ([one, false])),
    ...patches.map((one) => /** @type {const} */ ([one, true])),
  ]) {
    const type = `import('${moduleOf(resource)}').I${resource.kind}`;
    labels.push(isPart ? `patch of ${labelOf(resource)}` : labelOf(resource));
    text += `export const r${labels.length - 1}: ${isPart ? `Part<${type}>` : type} = ${JSON.stringify(resource, undefined, 1)};\n`;
  }
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? text : readFile(name));
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const before = text.slice(0, diagnostic.start).match(/export const r/g)?.length ?? 1;
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ').slice(0, LONGEST);
    return `${labels[before - 1]}: ${message}`;
  });
}
