import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { KeyEntry } from './dev/key-file.mjs';
import { portsFrom } from './dev/ports.mjs';
import { keysOf, writeServiceAccount } from './dev/secrets.mjs';

const COMMAND = join(__dirname, 'keys.mjs');
const DAY = 24 * 3600 * 1000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-keys-'));
  file = join(dir, 'keys.json');
});
afterEach(() => rm(dir, { recursive: true }));

async function keys(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const env = { PATH: process.env['PATH'], KEYS_FILE: file };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [COMMAND, ...args], { env });
    return { code: 0, stdout: stdout.trim(), stderr };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}
const entries = async () => (JSON.parse(await readFile(file, 'utf8')) as { keys: KeyEntry[] }).keys;
const ends = async () => (await entries()).map(({ expiresAt }) => Date.parse(expiresAt ?? ''));

describe('npm run keys', () => {
  it('create shows a key of 256 random bits once, and keeps only its hash, for its owner only', async () => {
    const { stdout, stderr } = await keys('create', '--scope', 'system', '--name', 'ops');
    expect(stdout).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await entries()).toEqual([{ name: 'ops', scope: 'system', hash: sha256(stdout) }]);
    expect((await readFile(file, 'utf8')) + stderr).not.toContain(stdout);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(dir)).toEqual(['keys.json']);
  });

  it('create takes workflows and an end', async () => {
    const about = Date.now() + 90 * DAY;
    await keys('create', '--scope=function', '--name=team', '--workflows=A,B', '--expires=90d');
    expect(await entries()).toMatchObject([{ name: 'team', scope: 'function', workflows: ['A', 'B'] }]);
    expect(Math.abs(((await ends())[0] ?? 0) - about)).toBeLessThan(60_000);
  });

  it('rotate adds a key for the same caller, and lets the old one end after the overlap', async () => {
    const old = await keys('create', '--scope', 'function', '--name', 'team', '--workflows', 'A');
    await keys('create', '--scope', 'host', '--name', 'other');
    const fresh = await keys('rotate', '--name', 'team', '--overlap', '1h');
    const same = { name: 'team', scope: 'function', workflows: ['A'] };
    expect(await entries()).toEqual([
      expect.objectContaining({ name: 'other' }),
      { ...same, hash: sha256(old.stdout), expiresAt: expect.any(String) },
      { ...same, hash: sha256(fresh.stdout) },
    ]);
    expect(Math.abs(((await ends())[1] ?? 0) - Date.now() - DAY / 24)).toBeLessThan(60_000);
  });

  it('rotate never lets an old key live longer than it would have', async () => {
    await keys('create', '--scope', 'host', '--name', 'team', '--expires', '1h');
    const [end] = await ends();
    await keys('rotate', '--name', 'team', '--overlap', '2d', '--expires', 'never');
    expect((await ends())[0]).toBe(end);
  });

  it('rotate with no overlap ends the old keys at once', async () => {
    await keys('create', '--scope', 'host', '--name', 'team');
    const { stdout } = await keys('rotate', '--name', 'team', '--overlap', '0');
    expect(await entries()).toEqual([{ name: 'team', scope: 'host', hash: sha256(stdout) }]);
  });

  it('revoke forgets all keys of a name, or all but the newest', async () => {
    await keys('create', '--scope', 'host', '--name', 'team');
    await keys('create', '--scope', 'host', '--name', 'other');
    const { stdout } = await keys('rotate', '--name', 'team');
    await keys('revoke', '--name', 'team', '--old');
    expect((await entries()).map(({ hash }) => hash)).toContain(sha256(stdout));
    expect(await entries()).toHaveLength(2);
    await keys('revoke', '--name', 'team');
    expect(await entries()).toMatchObject([{ name: 'other' }]);
  });

  it('list shows what there is, and no hash', async () => {
    expect((await keys('list')).stdout).toBe(`No keys in ${file}.`);
    await keys('create', '--scope', 'function', '--name', 'team', '--workflows', 'A,B');
    const [entry] = await entries();
    const expired = { ...entry, name: 'gone', expiresAt: '2020-01-01T00:00:00Z' };
    await writeFile(file, JSON.stringify({ keys: [entry, expired] }));
    const { stdout } = await keys('list');
    expect(stdout).toMatch(/team +function +A,B +never/);
    expect(stdout).toMatch(/gone .* 2020-01-01T00:00:00Z \(expired\)/);
    expect(stdout).not.toContain(entry?.hash);
  });

  it('writes through a symbolic link', async () => {
    await writeFile(join(dir, 'real.json'), '{"keys":[]}');
    await symlink('real.json', file);
    await keys('create', '--scope', 'host', '--name', 'team');
    expect(await readFile(join(dir, 'real.json'), 'utf8')).toContain('team');
  });

  it.each([
    [['bogus'], 'There is no command "bogus"'],
    [['create', '--name', 'x'], '--scope must be function, host, system.'],
    [['create', '--scope', 'host'], '--name must have'],
    [['create', '--scope', 'function', '--name', 'x'], 'add --workflows'],
    [
      ['create', '--scope', 'host', '--name', 'x', '--workflows', 'A'],
      '--workflows does not limit a host key',
    ],
    [['create', '--scope', 'host', '--name', 'x', '--expires', '0d'], '--expires must be'],
    [['create', '--scope', 'host', '--name', 'x', '--expires', '2020-01-01'], '--expires must be'],
    [['rotate', '--name', 'x'], 'There is no key x'],
    [['revoke', '--name', 'x'], 'There is no key x'],
    [['list', '--nmae', 'x'], "Unknown option '--nmae'"],
  ])('refuses %j, says why, and changes nothing', async (args, message) => {
    const { code, stderr } = await keys(...args);
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(existsSync(file)).toBe(false);
  });

  it('refuses a second key of a name, an unsaid end, and a file that is none', async () => {
    await keys('create', '--scope', 'host', '--name', 'team', '--expires', '1d');
    const before = await entries();
    expect((await keys('create', '--scope', 'host', '--name', 'team')).stderr).toContain('Rotate it');
    expect((await keys('rotate', '--name', 'team')).stderr).toContain('Say when the new one does');
    expect((await keys('rotate', '--name', 'team', '--overlap', 'never')).code).toBe(1);
    expect(await entries()).toEqual(before);
    await writeFile(file, '{"keys": secret');
    const { code, stderr } = await keys('create', '--scope', 'host', '--name', 'team');
    expect([code, stderr]).toEqual([1, expect.not.stringContaining('secret')]);
    expect(await readFile(file, 'utf8')).toBe('{"keys": secret');
  });

  it('explains itself', async () => {
    expect((await keys('--help')).stdout).toContain('rotate --name NAME');
  });
});

describe('the keys of a development stack', () => {
  const dataFile = () => join(dir, 'api-keys.json');
  const registered = async () =>
    (JSON.parse(await readFile(dataFile(), 'utf8')) as { keys: KeyEntry[] }).keys;

  it('are one of each scope, the same at every start, in clear for their owner only', async () => {
    const made = keysOf(dir);
    expect(keysOf(dir)).toEqual(made);
    expect((await registered()).map(({ scope, hash }) => [scope, hash])).toEqual([
      ['function', sha256(made.functionKey)],
      ['host', sha256(made.hostKey)],
      ['system', sha256(made.systemKey)],
    ]);
    expect((await stat(join(dir, 'keys.json'))).mode & 0o777).toBe(0o600);
  });

  it('leave those alone that somebody made beside them', async () => {
    keysOf(dir);
    await keys('create', '--scope', 'host', '--name', 'mine', '--file', dataFile());
    keysOf(dir);
    expect((await registered()).map(({ name }) => name)).toContain('mine');
    expect(await registered()).toHaveLength(4);
  });

  it('are made for data of an earlier version, which keeps its secrets', async () => {
    await writeFile(join(dir, 'keys.json'), '{"tokenKey":"t","functionKey":"f"}');
    expect(keysOf(dir)).toMatchObject({ tokenKey: 't', functionKey: 'f', systemKey: expect.any(String) });
  });

  it('are in the file of a service account, whose token endpoint follows the ports', async () => {
    const file = join(dir, 'fcm-service-account.json');
    const accountAt = async (port: number) => {
      writeServiceAccount(dir, portsFrom(port), keysOf(dir));
      return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
    };
    const first = await accountAt(7071);
    expect(first['token_uri']).toBe('http://127.0.0.1:7084/sandbox/oauth/token');
    expect(await accountAt(9000)).toEqual({
      ...first,
      token_uri: 'http://127.0.0.1:9013/sandbox/oauth/token',
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});
