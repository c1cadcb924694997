/** Installs the dependencies when they are not those of the lock file. Node built-ins only. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { machinePath, ROOT } from './node.mjs';
import { mustRun } from './run.mjs';

/** @typedef {Record<string, { version?: string, optional?: boolean, peer?: boolean, link?: boolean }>} LockedPackages */

/**
 * Compares by content, since a checkout gives the lock file a new date. Packages for other
 * platforms may be missing.
 *
 * @param {LockedPackages} locked `packages` of package-lock.json
 * @param {LockedPackages} installed `packages` of node_modules/.package-lock.json
 * @returns {boolean}
 */
export const isInstalled = (locked, installed) =>
  Object.entries(locked).every(
    ([path, { version, optional, link }]) =>
      path === '' || link || installed[path]?.version === version || (optional && !installed[path]),
  );

/** @param {string} file @returns {LockedPackages | undefined} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** @param {import('./console.mjs').Reporter} reporter */
export async function installDependencies(reporter) {
  const locked = packagesOf('package-lock.json');
  if (!locked)
    throw new Error('package-lock.json is missing or broken: restore it (git checkout package-lock.json).');
  if (isInstalled(locked, packagesOf('node_modules/.package-lock.json') ?? {})) return;
  await reporter.step('installing the dependencies (npm ci; a minute or two)', () =>
    mustRun('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: ROOT,
      env: { PATH: machinePath() },
    }),
  );
}
