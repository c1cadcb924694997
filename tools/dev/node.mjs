/** Which Node runs the services and the checks, and where things are. Node built-ins only. */
import { existsSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

/** The project's folder. */
export const ROOT = resolve(import.meta.dirname, '../..');
export const BIN = join(ROOT, 'node_modules/.bin');

/** Nest, Slack's and Azure's clients want at least this; the one in the lock file is newer. */
const OLDEST = 22;
const PREFERRED = 24;

/**
 * This process's own Node when it is new enough, else the one that came with the dependencies
 * (`optionalDependencies`), so that a machine with an older Node needs no other installation.
 *
 * @returns {string} path of the program
 * @throws {Error} when neither is there: says what to install
 */
export function servicesNode() {
  const own = Number(process.versions.node.split('.')[0]);
  if (own >= PREFERRED) return process.execPath;
  const packaged = join(ROOT, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(packaged)) return packaged;
  if (own >= OLDEST) return process.execPath;
  throw new Error(
    `The services need Node ${PREFERRED} (at least ${OLDEST}), and this is ${process.version}. ` +
      `Please install Node ${PREFERRED}: for ${process.platform} on ${process.arch} it cannot come with the dependencies.`,
  );
}

/** @returns {string} a PATH on which `node`, and the tools of the dependencies, are the right ones */
export const toolsPath = () => [dirname(servicesNode()), BIN, process.env.PATH].join(delimiter);

/** @returns {string} the PATH of the machine: npm must not run on a Node that it is about to replace */
export const machinePath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((dir) => !resolve(dir).startsWith(join(ROOT, 'node_modules')))
    .join(delimiter);
