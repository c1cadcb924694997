/** `npm run keys`: makes, lists, rotates and revokes the keys of callers. Node built-ins only. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { entryOf, makeKey, readKeys, SCOPES, writeKeys } from './dev/key-file.mjs';
import { ROOT } from './dev/node.mjs';

const DEFAULT_FILE = join(ROOT, '.data/api-keys.json');
const DEFAULT_OVERLAP = '24h';

const HELP = `Makes, lists, rotates and revokes the keys that callers of the HTTP API send.

Usage: npm run keys -- COMMAND [options]

  create --name NAME --scope SCOPE [--workflows A,B] [--expires WHEN]   a new key
  list                                                                  what there is
  rotate --name NAME [--overlap TIME] [--expires WHEN]                  another key for the same caller
  revoke --name NAME [--old]                                            forgets the caller's keys

  --scope SCOPE      function: starts the workflows that it names; host: starts any workflow;
                     system: starts any workflow, and manages instances
  --workflows A,B    the workflows that a function key names
  --expires WHEN     a time from now (90d, 12h, 30m), an ISO date-time, or never (the default of create)
  --overlap TIME     how long the old keys go on working beside the new one (${DEFAULT_OVERLAP}; 0: not at all)
  --old              all but the newest key of that name
  --file FILE        file of keys; default: setting KEYS_FILE, else the development stack's
  --help             this text

A new key is shown once, on standard output. The file holds hashes only; services that run read it
again within seconds.
`;

const OPTIONS = /** @type {const} */ ({
  name: { type: 'string' },
  scope: { type: 'string' },
  workflows: { type: 'string' },
  expires: { type: 'string' },
  overlap: { type: 'string', default: DEFAULT_OVERLAP },
  old: { type: 'boolean', default: false },
  file: { type: 'string', default: process.env.KEYS_FILE || DEFAULT_FILE },
  help: { type: 'boolean', short: 'h', default: false },
});

/** @typedef {ReturnType<typeof optionsOf>['values']} Values */
/** @typedef {import('./dev/key-file.mjs').KeyEntry} KeyEntry */

/** @type {Record<string, (values: Values, keys: KeyEntry[]) => void>} */
const COMMANDS = { create, list, rotate, revoke };

function main() {
  const { values, positionals } = optionsOf(process.argv.slice(2));
  const [name = ''] = positionals;
  if (values.help || positionals.length === 0) return void process.stdout.write(HELP);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command || positionals.length > 1)
    throw new Error(`There is no command "${positionals.join(' ')}". See --help.`);
  command(values, readKeys(values.file));
}

/** @param {string[]} args */
function optionsOf(args) {
  return parseArgs({ args, options: OPTIONS, allowPositionals: true });
}

/** @param {Values} values @param {KeyEntry[]} keys */
function create({ file, name, scope: wanted, workflows: list, expires = 'never' }, keys) {
  const scope = SCOPES.find((scope) => scope === wanted);
  if (!scope) throw new Error(`--scope must be ${SCOPES.join(', ')}.`);
  const workflows = list?.split(',').filter((workflow) => workflow !== '');
  if (scope === 'function' && !workflows?.length)
    throw new Error('A function key starts what it names: add --workflows A,B. A host key starts anything.');
  if (scope !== 'function' && workflows) throw new Error(`--workflows does not limit a ${scope} key.`);
  const owner = checkedName(name);
  if (keys.some((key) => key.name === owner))
    throw new Error(`There is a key ${owner}. Rotate it, or choose another name.`);
  issue(file, keys, { name: owner, scope, workflows, expiresAt: expiryOf(expires) });
}

/** @param {Values} values @param {KeyEntry[]} keys */
function list({ file }, keys) {
  const rows = keys.map((key) => [key.name, key.scope, (key.workflows ?? ['*']).join(','), lifeOf(key)]);
  const table = [['NAME', 'SCOPE', 'STARTS', 'EXPIRES'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  process.stdout.write(keys.length > 0 ? `${lines.join('\n')}\n` : `No keys in ${file}.\n`);
}

/** @param {Values} values @param {KeyEntry[]} keys */
function rotate({ file, name, overlap, expires }, keys) {
  const { latest, others, old } = keysNamed(name, keys);
  if (latest.expiresAt && expires === undefined)
    throw new Error(
      `${name} expires ${latest.expiresAt}. Say when the new one does: --expires 90d, or never.`,
    );
  const end = overlap === '0' ? undefined : momentOf('--overlap', overlap);
  const ending = old
    .map((key) => ({ ...key, expiresAt: earlier(key.expiresAt, end) }))
    .filter(({ expiresAt }) => expiresAt !== undefined && !isPast(expiresAt));
  issue(file, [...others, ...ending], { ...latest, expiresAt: expiryOf(expires ?? 'never') });
}

/** @param {Values} values @param {KeyEntry[]} keys */
function revoke({ file, name, old: onlyOld }, keys) {
  const { latest, others, old } = keysNamed(name, keys);
  writeKeys(file, onlyOld ? [...others, latest] : others);
  process.stderr.write(
    `Revoked ${onlyOld ? old.length - 1 : old.length} of ${old.length} keys named ${name}.\n`,
  );
}

/**
 * @param {string} file @param {readonly KeyEntry[]} others
 * @param {{ name: string, scope: import('./dev/key-file.mjs').Scope, workflows?: readonly string[], expiresAt?: string }} what
 */
function issue(file, others, what) {
  const key = makeKey();
  writeKeys(file, [...others, entryOf(key, what)]);
  process.stderr.write(`The ${what.scope} key of ${what.name}; it is not shown again (${file}):\n`);
  process.stdout.write(`${key}\n`);
}

/** @param {string | undefined} name */
function checkedName(name) {
  if (name && name.length <= 100) return name;
  throw new Error('--name must have 1 to 100 characters.');
}

/** @param {string | undefined} name @param {readonly KeyEntry[]} keys newest last */
function keysNamed(name, keys) {
  const old = keys.filter((key) => key.name === name);
  const latest = old.at(-1);
  if (!latest) throw new Error(`There is no key ${name ?? '(add --name)'}. See: npm run keys -- list`);
  if (old.some(({ scope }) => scope !== latest.scope))
    throw new Error(
      `Keys of several scopes have the name ${name}. Give them names of their own in the file.`,
    );
  return { latest, old, others: keys.filter((key) => key.name !== name) };
}

const UNITS = /** @type {Record<string, number>} */ ({ d: 86_400_000, h: 3_600_000, m: 60_000 });

/** @param {string} expires @returns {string | undefined} undefined: never */
const expiryOf = (expires) => (expires === 'never' ? undefined : momentOf('--expires', expires));

/** @param {string} option @param {string} text @returns {string} ISO date-time that is to come */
function momentOf(option, text) {
  const [, count, unit = ''] = /^(\d{1,5})([dhm])$/.exec(text) ?? [];
  const time = count ? Date.now() + Number(count) * (UNITS[unit] ?? 0) : isoTime(text);
  if (time > Date.now()) return new Date(time).toISOString();
  throw new Error(`${option} must be a time as 90d, 12h or 30m, or an ISO date-time that is to come.`);
}

/** @param {string} text */
const isoTime = (text) => (/^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN);
/** @param {string} moment */
const isPast = (moment) => Date.parse(moment) <= Date.now();

/** @param {string | undefined} own @param {string | undefined} end */
const earlier = (own, end) => (own && end && Date.parse(own) < Date.parse(end) ? own : end);

/** @param {KeyEntry} key */
const lifeOf = ({ expiresAt }) =>
  expiresAt ? `${expiresAt}${isPast(expiresAt) ? ' (expired)' : ''}` : 'never';

try {
  main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
