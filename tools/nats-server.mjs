/**
 * Finds a nats-server that is new enough, or gets one. `node tools/nats-server.mjs` prints its path.
 * Node built-ins only.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDebian, unpackDebianPackage } from './dev/apt.mjs';
import { silent } from './dev/console.mjs';
import { ROOT } from './dev/node.mjs';
import { run } from './dev/run.mjs';

/** Message schedules came with this one. */
const OLDEST = [2, 12];
const CACHE = join(ROOT, '.cache/nats-server');
const CACHED = ['usr/sbin', 'usr/bin'].map((dir) => join(CACHE, 'root', dir));
/** The first Debian suite whose nats-server is new enough. */
const SUITE = 'forky';

/**
 * Looks at NATS_SERVER, the PATH and the project's own copy, in this order; then fetches one.
 *
 * @param {import('./dev/console.mjs').Reporter} [reporter]
 * @returns {Promise<string>} path of the program
 * @throws {Error} that says what to install
 */
export async function obtainNatsServer(reporter = silent) {
  const given = process.env.NATS_SERVER;
  if (given) {
    const version = await versionOf(given);
    if (isNewEnough(version)) return given;
    throw new Error(
      `NATS_SERVER is ${given}, ${version ? `version ${version}` : 'which does not run'}. ${whatToInstall()}`,
    );
  }
  const found = await firstNewEnough([...(process.env.PATH ?? '').split(delimiter), ...CACHED]);
  if (found) return found;
  if (!isDebian()) throw new Error(`There is no nats-server on the PATH. ${whatToInstall()}`);
  await reporter.step('fetching nats-server from the Debian archive', () =>
    unpackDebianPackage('nats-server', SUITE, CACHE),
  );
  const fetched = await firstNewEnough(CACHED);
  if (fetched) return fetched;
  throw new Error(
    `The nats-server of Debian ${SUITE} is not new enough or does not run here. ${whatToInstall()}`,
  );
}

/** @param {readonly string[]} dirs @returns {Promise<string | undefined>} */
async function firstNewEnough(dirs) {
  for (const dir of dirs) {
    const file = join(dir || '.', 'nats-server');
    if (isProgram(file) && isNewEnough(await versionOf(file))) return file;
  }
  return undefined;
}

/** @param {string} file */
function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} file @returns {Promise<string | undefined>} as in `2.15.1` */
async function versionOf(file) {
  const { output } = await run(file, ['--version']).catch(() => ({ output: '' }));
  return /\d+\.\d+\.\d+/.exec(output)?.[0];
}

/** @param {string | undefined} version */
function isNewEnough(version) {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > Number(OLDEST[0]) || (major === OLDEST[0] && minor >= Number(OLDEST[1]));
}

function whatToInstall() {
  const how =
    process.platform === 'darwin'
      ? 'Run `brew install nats-server`'
      : 'Install the nats-server release for your system (docs.nats.io, "Installing a NATS Server")';
  return (
    `Countersign needs nats-server ${OLDEST.join('.')} or later. ${how}, put it on the PATH or name it in ` +
    'NATS_SERVER; or set NATS_URL to a server that runs already; or use `docker compose up`.'
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  obtainNatsServer().then(console.log, (error) => {
    console.error(error.message);
    process.exit(1);
  });
