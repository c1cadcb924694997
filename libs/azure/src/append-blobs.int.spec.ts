import { type Azurite, startAzurite } from '@countersign/testing';
import { AppendBlobs } from './append-blobs';
import { allOf } from './testing/all-of';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite({ blob: true });
});
afterAll(() => azurite.stop());

let containers = 0;
const newContainer = () => new AppendBlobs(azurite.connectionString, `container-${++containers}`);
const contentOf = async (blobs: AppendBlobs, name: string) =>
  Buffer.concat(await allOf(blobs.read(name))).toString();
const namesIn = async (blobs: AppendBlobs, prefix?: string) =>
  (await allOf(blobs.list(prefix))).map(({ name }) => name);

describe('an append blob', () => {
  it('is made once, whoever else tries at the same time, and its container with it', async () => {
    const blobs = newContainer();
    const made = await Promise.all(Array.from({ length: 8 }, () => blobs.create('a')));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await contentOf(blobs, 'a')).toBe('');
  });

  it('grows block by block, and is not emptied by another create', async () => {
    const blobs = newContainer();
    await blobs.create('a');
    expect(await blobs.append('a', 'één\n')).toBe(true);
    expect(await blobs.append('a', 'two\n')).toBe(true);
    expect(await blobs.create('a')).toBe(false);
    expect(await contentOf(blobs, 'a')).toBe('één\ntwo\n');
  });

  it('keeps every block whole that writers add at the same time', async () => {
    const blobs = newContainer();
    await blobs.create('a');
    const blocks = Array.from({ length: 20 }, (_, i) => `${String(i).repeat(5_000)}\n`);
    await Promise.all(blocks.map((block) => blobs.append('a', block)));
    const lines = (await contentOf(blobs, 'a')).split(/(?<=\n)/);
    expect(lines.toSorted()).toEqual(blocks.toSorted());
  });

  it('that does not exist reads as nothing, takes no block and is not made by one', async () => {
    const blobs = newContainer();
    expect(await contentOf(blobs, 'a')).toBe('');
    expect(await blobs.append('a', 'x')).toBe(false);
    expect(await blobs.delete('a')).toBe(false);
    await blobs.create('b');
    expect(await blobs.append('a', 'x')).toBe(false);
    expect(await namesIn(blobs)).toEqual(['b']);
  });

  it('that was deleted takes no block', async () => {
    const blobs = newContainer();
    await blobs.create('a');
    expect(await blobs.delete('a')).toBe(true);
    expect(await blobs.append('a', 'x')).toBe(false);
  });
});

describe('a list of blobs', () => {
  it('has those whose names begin so, and when each was changed last', async () => {
    const blobs = newContainer();
    expect(await namesIn(blobs)).toEqual([]);
    for (const name of ['x/1-2', 'x/1-3', 'x/11-2', 'y/1-2']) await blobs.create(name);
    expect(await namesIn(blobs, 'x/1-')).toEqual(['x/1-2', 'x/1-3']);
    expect(await namesIn(blobs)).toHaveLength(4);
    const [entry] = await allOf(blobs.list('y/'));
    expect(Math.abs(Date.now() - (entry?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000);
  });
});

describe('a blob service', () => {
  const at = (url: string, key = Buffer.from('key').toString('base64')) =>
    new AppendBlobs(
      `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${key};BlobEndpoint=${url};`,
      'checkpoints',
    );

  it('is ready when it answers', async () => {
    expect(await newContainer().check()).toBe(true);
  });

  it('that is away fails so that it can be tried again', async () => {
    const away = at('http://127.0.0.1:1/devstoreaccount1');
    await expect(away.create('a')).rejects.toMatchObject({ code: 'BlobUnavailable', retryable: true });
    await expect(away.read('a').next()).rejects.toMatchObject({ code: 'BlobUnavailable', retryable: true });
    await expect(away.list().next()).rejects.toMatchObject({ code: 'BlobUnavailable', retryable: true });
    expect(await away.check()).toContain('ECONNREFUSED');
  });

  it('that refuses the credentials fails for good and says what to check', async () => {
    const refused = at(azurite.blobUrl, Buffer.from('wrong').toString('base64'));
    await expect(refused.append('a', 'x')).rejects.toMatchObject({
      code: 'BlobRefused',
      retryable: false,
      message: expect.stringContaining('BLOBS_CONNECTION_STRING'),
    });
  });

  it('is abandoned when the caller gives up', async () => {
    await expect(newContainer().create('a', AbortSignal.abort())).rejects.toMatchObject({ retryable: true });
  });

  it('speaks plain http only on loopback or beside this container', () => {
    expect(() => at('http://azurite:10000/devstoreaccount1')).not.toThrow();
    expect(() => at('http://dev.blob.core.windows.net')).toThrow('Azure Blob must use https');
  });

  it('with no valid connection string is refused by name, without repeating the string', () => {
    expect(() => new AppendBlobs('AccountKey=hunter2', 'checkpoints')).toThrow(
      expect.objectContaining({
        code: 'BlobConnectionInvalid',
        message: expect.not.stringContaining('hunter2'),
      }),
    );
  });
});
