import { mkdtemp, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackupFolder, type Manifest } from './backup-folder';

const STATE = { config: { name: 'S' }, state: { messages: 1, last_seq: 1 } };
const TEXT = 'the bytes of a stream';

describe('a backup', () => {
  let path: string;
  let folder: BackupFolder;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'countersign-folder-')), 'backup');
    folder = new BackupFolder(path);
    await folder.create();
  });
  afterEach(() => rm(join(path, '..'), { recursive: true }));

  const saved = () =>
    folder.save('S', async (write) => {
      for (const chunk of TEXT.match(/.{1,5}/g) ?? []) await write(Buffer.from(chunk));
      return STATE;
    });
  const whole = async (): Promise<Manifest> => {
    const manifest: Manifest = { format: 1, at: '2026-11-21T00:00:00Z', shards: 1, streams: [await saved()] };
    await folder.finish(manifest);
    return manifest;
  };
  const problem = async (): Promise<unknown> => folder.checked().catch((error: Error) => error.message);

  it('is read as it was written, and by nobody else', async () => {
    const manifest = await whole();
    expect(manifest.streams).toMatchObject([{ stream: 'S', bytes: TEXT.length, ...STATE }]);
    expect(await folder.checked()).toEqual(manifest);
    let text = '';
    for await (const chunk of folder.chunks('S')) text += Buffer.from(chunk).toString();
    expect(text).toBe(TEXT);
    for (const file of ['.', 'S.snapshot', 'backup.json'])
      expect((await stat(join(path, file))).mode & 0o077).toBe(0);
  });

  it('is none before its end: whoever died while taking it left no manifest', async () => {
    await saved();
    expect(await problem()).toContain('backup.json, which is written last, is not there');
    const dying = folder.save('T', async () => {
      throw new Error('killed');
    });
    await expect(dying).rejects.toThrow('killed');
  });

  it.each([
    ['changed', (file: string) => writeFile(file, TEXT.toUpperCase()), 'is not what was written'],
    ['cut', (file: string) => truncate(file, 3), 'is not what was written'],
    ['gone', unlink, 'cannot be read'],
  ])('is refused where a file is %s', async (_, change, words) => {
    await whole();
    await change(join(path, 'S.snapshot'));
    expect(await problem()).toBe(`${path} holds no whole backup: S.snapshot ${words}.`);
  });

  it('goes into a folder of its own', async () => {
    await whole();
    await expect(new BackupFolder(path).create()).rejects.toMatchObject({ code: 'BackupNotEmpty' });
  });
});
