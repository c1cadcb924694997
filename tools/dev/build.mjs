/** Bundles the services when their sources changed. Node built-ins only. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BIN, ROOT, servicesNode, toolsPath } from './node.mjs';
import { mustRun } from './run.mjs';
import { SERVICES } from './service-settings.mjs';

const STAMP = join(ROOT, 'dist/apps/.built-from');
const CONFIG = 'tools/rolldown.config.mjs';

/** @param {import('./service-settings.mjs').ServiceName} name @returns {string} the file that starts it */
export const bundleOf = (name) => join(ROOT, 'dist/apps', name, 'main.mjs');

/** @param {import('./console.mjs').Reporter} reporter */
export async function buildServices(reporter) {
  const now = fingerprint();
  const isBuilt = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === now;
  if (isBuilt && SERVICES.every((name) => existsSync(bundleOf(name)))) return;
  await reporter.step('building the services', async () => {
    rmSync(STAMP, { force: true });
    await mustRun(servicesNode(), [join(BIN, 'rolldown'), '-c', CONFIG, '--log-level', 'warn'], {
      cwd: ROOT,
      env: { PATH: toolsPath(), NO_COLOR: '1', FORCE_COLOR: undefined },
    });
    writeFileSync(STAMP, now);
  });
}

/** @returns {string} changes when a source file, a dependency or the way of building changes */
function fingerprint() {
  const hash = createHash('sha256');
  const sources = ['apps', 'libs'].flatMap((dir) =>
    readdirSync(join(ROOT, dir), { recursive: true, encoding: 'utf8' })
      .filter((file) => /[\\/]src[\\/].*\.\w+$/.test(file) && !file.endsWith('.spec.ts'))
      .map((file) => join(dir, file)),
  );
  for (const file of [
    ...sources.sort(),
    'docs/openapi.json',
    'package-lock.json',
    'tsconfig.base.json',
    CONFIG,
  ]) {
    const { size, mtimeMs } = statSync(join(ROOT, file));
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}
