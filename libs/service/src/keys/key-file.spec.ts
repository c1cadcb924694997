import { createHash } from 'node:crypto';
import { parseKeyFile } from './key-file';

const HASH = createHash('sha256').update('a key').digest('hex');
const key = (more: object = {}) => ({ name: 'ops', scope: 'system', hash: HASH, ...more });
const file = (...keys: unknown[]) => JSON.stringify({ keys });

it('reads keys of every scope, with an end or without', () => {
  const release = { workflows: ['NotifyOnTask'], expiresAt: '2030-01-02T03:04:05+01:00' };
  const hash = Buffer.from(HASH, 'hex');
  const other = HASH.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  expect(parseKeyFile(file(key(), key({ ...release, scope: 'function', hash: other })))).toEqual([
    { name: 'ops', scope: 'system', workflows: [], hash, expiresAt: Infinity },
    {
      name: 'ops',
      scope: 'function',
      workflows: ['NotifyOnTask'],
      hash: Buffer.from(other, 'hex'),
      expiresAt: Date.UTC(2030, 0, 2, 2, 4, 5),
    },
  ]);
  expect(parseKeyFile(file())).toEqual([]);
});

it.each([
  ['nothing', '', 'it is not JSON'],
  ['half a file', '{"keys":[{"name":"ops"', 'it is not JSON (line 1 column 23)'],
  ['a list', '[]', 'it is not a JSON object'],
  ['null', 'null', 'it is not a JSON object'],
  ['another object', '{}', 'keys must be a list of objects'],
  ['no list', '{"keys":{}}', 'keys must be a list of objects'],
  ['an unknown field', '{"keys":[],"key":1}', 'key is not known'],
  ['a text for a key', file('ops'), 'keys must be a list of objects'],
  ['null for a key', file(null), 'keys must be a list of objects'],
  ['no name', file(key({ name: undefined })), 'keys.0.name is missing'],
  ['an unknown scope', file(key({ scope: 'admin' })), 'keys.0.scope must be one of the following values'],
  ['a short hash', file(key({ hash: 'abc' })), 'keys.0.hash must be a SHA-256 in lower-case hexadecimal'],
  ['a function key for nothing', file(key({ scope: 'function' })), 'keys.0.workflows is missing'],
  ['an empty list', file(key({ scope: 'function', workflows: [] })), 'keys.0.workflows should not be empty'],
  [
    'a host key with a limit',
    file(key({ scope: 'host', workflows: ['A'] })),
    'keys.0.workflows limits nothing',
  ],
  ['one hash twice', file(key(), key({ name: 'b' })), 'keys.1.hash is there twice'],
  [
    'a day without its time',
    file(key({ expiresAt: '2030-01-01' })),
    'keys.0.expiresAt must be a date and time',
  ],
  ['a time without zone', file(key({ expiresAt: '2030-01-01T00:00:00' })), 'keys.0.expiresAt must be'],
  ['a day that is not', file(key({ expiresAt: '2030-02-30T00:00:00Z' })), 'keys.0.expiresAt must be'],
  ['an unknown option', file(key({ secret: 'x' })), 'keys.0.secret is not known'],
])('refuses %s and says so', (_, text, message) => {
  expect(() => parseKeyFile(text)).toThrow(expect.objectContaining({ code: 'KeysInvalid' }));
  expect(() => parseKeyFile(text)).toThrow(message);
});

it('names everything that is wrong at once', () => {
  expect(() => parseKeyFile(file(key({ hash: 1 }), key({ scope: 1 })))).toThrow(
    /keys\.0\.hash.*keys\.1\.scope/,
  );
});

it.each([
  ['in place of its hash', file(key({ hash: 'top-secret-key' }))],
  ['as the name of a field', '{"keys":[{"hash": top-secret-key}]}'],
  ['as a scope', file(key({ scope: 'top-secret-key' }))],
])('does not repeat a key that somebody wrote %s', (_, text) => {
  expect(() => parseKeyFile(text)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('top-secret') }),
  );
});
