/**
 * The file of keys that the services read (setting KEYS_FILE), as its owner writes it: hashes only. What
 * each field means is in libs/service/src/keys/key-file.ts. Node built-ins only.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** @typedef {'function' | 'host' | 'system'} Scope */

/**
 * @typedef {object} KeyEntry
 * @property {string} name
 * @property {Scope} scope
 * @property {readonly string[]} [workflows] what a function key may start
 * @property {string} hash SHA-256, hexadecimal
 * @property {string} [expiresAt] ISO date-time; without it the key stays
 */

export const SCOPES = /** @type {const} */ (['function', 'host', 'system']);

/** @returns {string} 256 random bits, fit for headers and addresses */
export const makeKey = () => randomBytes(32).toString('base64url');

/**
 * @param {string} key @param {{ name: string, scope: Scope, workflows?: readonly string[], expiresAt?: string }} what
 * @returns {KeyEntry}
 */
export const entryOf = (key, { name, scope, workflows, expiresAt }) => ({
  name,
  scope,
  ...(workflows && { workflows }),
  hash: createHash('sha256').update(key).digest('hex'),
  ...(expiresAt && { expiresAt }),
});

/** @param {string} file @returns {KeyEntry[]} none when there is no file */
export function readKeys(file) {
  if (!existsSync(file)) return [];
  const keys = contentOf(file)?.keys;
  if (!Array.isArray(keys)) throw new Error(`${file} is not a file of keys. It was left as it is.`);
  return keys;
}

/**
 * Replaces the file in one go: a service sees all of the old one or all of the new one.
 * @param {string} file @param {readonly KeyEntry[]} keys
 */
export function writeKeys(file, keys) {
  mkdirSync(dirname(file), { recursive: true });
  const target = existsSync(file) ? realpathSync(file) : file;
  const temporary = `${target}.${process.pid}.new`;
  const written = openSync(temporary, 'w', 0o600);
  writeFileSync(written, `${JSON.stringify({ keys }, undefined, 2)}\n`);
  fsyncSync(written);
  closeSync(written);
  renameSync(temporary, target);
}

/** @param {string} file @returns {{ keys?: unknown } | undefined} */
function contentOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // not with the parser's message, which quotes the file
  }
}
