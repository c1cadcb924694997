/** Bundles what runs as a process of its own, when its sources changed. Node built-ins only. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, ROOT, servicesNode, toolsPath } from './node.mjs';
import { mustRun } from './run.mjs';
import { SERVICES } from './service-settings.mjs';

const CONFIG = 'tools/rolldown.config.mjs';

/** @param {import('./service-settings.mjs').ServiceName} name @returns {string} the file that starts it */
export const bundleOf = (name) => join(ROOT, 'dist/apps', name, 'main.mjs');

/** @param {import('./console.mjs').Reporter} reporter */
export const buildServices = (reporter) =>
  build('building the services', { into: 'dist/apps', bundles: SERVICES.map(bundleOf) }, reporter);

/**
 * Paths from the project's folder.
 * @typedef {object} Build
 * @property {string} into the folder of the bundles
 * @property {readonly string[]} bundles that are there when it is done
 * @property {string} [config] of the bundler; default: that of the services, which any other is made from
 * @property {string} [sources] folder of sources beside those of services and libraries
 */

/** @param {string} what for who watches @param {Build} build @param {import('./console.mjs').Reporter} reporter */
export async function build(what, { into, bundles, config = CONFIG, sources }, reporter) {
  const stamp = join(ROOT, into, '.built-from');
  const now = fingerprint(['apps', 'libs', ...(sources ? [sources] : [])], [CONFIG, config]);
  const isBuilt = existsSync(stamp) && readFileSync(stamp, 'utf8') === now;
  if (isBuilt && bundles.every((file) => existsSync(file))) return;
  await reporter.step(what, async () => {
    rmSync(stamp, { force: true });
    await mustRun(servicesNode(), [join(BIN, 'rolldown'), '-c', config, '--log-level', 'warn'], {
      cwd: ROOT,
      env: { PATH: toolsPath(), NO_COLOR: '1', FORCE_COLOR: undefined },
    });
    writeFileSync(stamp, now);
  });
}

/**
 * @param {readonly string[]} folders @param {readonly string[]} configs
 * @returns {string} changes when a source file, a dependency or the way of building changes
 */
function fingerprint(folders, configs) {
  const hash = createHash('sha256');
  const sources = folders.flatMap((dir) =>
    readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
      .map((file) => join(dir, file))
      .filter((file) => /[\\/]src[\\/].*\.\w+$/.test(file) && !file.endsWith('.spec.ts')),
  );
  for (const file of [
    ...sources.sort(),
    'docs/openapi.json',
    'package-lock.json',
    'tsconfig.base.json',
    ...configs,
  ]) {
    const { size, mtimeMs } = statSync(join(ROOT, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
