import { type Azurite, startAzurite } from '@countersign/testing';
import { BlockBlobs, type BlobDescription } from './block-blobs';
import { allOf } from './testing/all-of';
import { LossyWay } from './testing/lossy-way';

const MiB = 1024 * 1024;
const HOUR = 3_600_000;

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite({ blob: true });
});
afterAll(() => azurite.stop());

let containers = 0;
const newContainer = () => new BlockBlobs(azurite.connectionString, `container-${++containers}`);
const TEXT: BlobDescription = { contentType: 'text/plain; charset=utf-8' };
const described = () => TEXT;

async function* chunks(...parts: (string | Uint8Array | Error)[]) {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield typeof part === 'string' ? Buffer.from(part) : part;
  }
}
/** Bytes that differ from block to block, in chunks as sockets give them. */
async function* bytes(count: number) {
  for (let at = 0; at < count; at += 65_536)
    yield Buffer.alloc(Math.min(65_536, count - at), `${at} ${count}`);
}
const contentOf = async (blobs: BlockBlobs, name: string, range?: { first?: number; count?: number }) => {
  const content = await blobs.open(name, range);
  return content && Buffer.concat(await allOf(content));
};

describe('a blob that is written from a stream', () => {
  it('has all of its bytes in order, whatever its length, and what describes it', async () => {
    const blobs = newContainer();
    for (const length of [0, 1, 4 * MiB, 4 * MiB + 1, 17 * MiB - 3]) {
      expect(await blobs.write(`${length}`, bytes(length), described, { length })).toBe(true);
      const expected = Buffer.concat(await allOf(bytes(length)));
      expect(Buffer.compare((await contentOf(blobs, `${length}`)) ?? Buffer.from('none'), expected)).toBe(0);
      expect(await blobs.stat(`${length}`)).toMatchObject({ size: length });
    }
  });

  it('is described once all of it was read', async () => {
    const blobs = newContainer();
    let read = 0;
    async function* counted() {
      for await (const chunk of bytes(5 * MiB)) {
        read += chunk.length;
        yield chunk;
      }
    }
    await blobs.write('a', counted(), () => ({ ...TEXT, metadata: { read: `${read}` } }));
    expect((await blobs.stat('a'))?.metadata).toMatchObject({ read: `${5 * MiB}` });
  });

  it('is not there before its end', async () => {
    const blobs = newContainer();
    const seen: boolean[] = [];
    async function* watched() {
      for await (const chunk of bytes(9 * MiB)) {
        seen.push((await blobs.stat('a')) !== undefined || (await allOf(blobs.list())).length > 0);
        yield chunk;
      }
    }
    await blobs.write('a', watched(), described);
    expect(new Set(seen)).toEqual(new Set([false]));
    expect(await blobs.stat('a')).toBeDefined();
  });

  it.each([
    ['a stream that breaks', chunks('x', Buffer.alloc(9 * MiB), new Error('the client is gone')), undefined],
    ['a stream that is too short', chunks('four'), 5],
    ['a stream that is too long', chunks('four', 'five'), 5],
  ])('is never there of %s', async (_, content, length) => {
    const blobs = newContainer();
    await expect(blobs.write('a', content, described, { length })).rejects.toThrow(
      length === undefined ? 'the client is gone' : `bytes, not ${length}`,
    );
    expect([await blobs.stat('a'), await allOf(blobs.list()), await blobs.open('a')]).toEqual([
      undefined,
      [],
      undefined,
    ]);
    // What was left of it is in nobody's way.
    expect(await blobs.write('a', chunks('whole'), described)).toBe(true);
    expect(`${await contentOf(blobs, 'a')}`).toBe('whole');
  });

  it('is never there when the writer is told to stop', async () => {
    const blobs = newContainer();
    const stop = new AbortController();
    async function* stopped() {
      yield Buffer.alloc(5 * MiB);
      stop.abort(new Error('enough'));
      yield Buffer.alloc(5 * MiB);
    }
    await expect(blobs.write('a', stopped(), described, { signal: stop.signal })).rejects.toThrow('enough');
    expect(await blobs.stat('a')).toBeUndefined();
  });

  it('is the first one of its name, whoever else writes at the same time', async () => {
    const blobs = newContainer();
    const texts = ['one', 'two', 'three', 'four'];
    const outcomes = await Promise.allSettled(
      texts.map((text) => blobs.write('a', chunks(text, Buffer.alloc(5 * MiB)), described)),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(texts.map(() => 'fulfilled'));
    const won = outcomes.flatMap((outcome, i) =>
      outcome.status === 'fulfilled' && outcome.value ? [texts[i]] : [],
    );
    expect(won).toHaveLength(1);
    expect(`${await contentOf(blobs, 'a', { count: won[0]?.length ?? 0 })}`).toBe(won[0]);
    expect(await blobs.write('a', chunks('late'), described)).toBe(false);
    expect((await blobs.stat('a'))?.size).toBe(5 * MiB + (won[0]?.length ?? 0));
  });

  it('is known again by its writer, to whom the answer of the commit was lost', async () => {
    let losses = 1;
    const way = await LossyWay.start(
      azurite.blobUrl,
      ({ url = '' }) => url.includes('comp=blocklist') && losses-- > 0,
    );
    const blobs = new BlockBlobs(
      azurite.connectionString.replace(new URL(azurite.blobUrl).origin, way.url),
      `container-${++containers}`,
    );
    expect(await blobs.write('a', chunks('x'), described)).toBe(true);
    expect(way.lost).toBe(1);
    await way.stop();
  });
});

describe('a blob that is read', () => {
  it('may be read in part', async () => {
    const blobs = newContainer();
    await blobs.write('a', chunks('0123456789'), described);
    expect(`${await contentOf(blobs, 'a', { first: 2, count: 3 })}`).toBe('234');
    expect(`${await contentOf(blobs, 'a', { first: 7 })}`).toBe('789');
  });

  it('is given up when the reader is told to stop', async () => {
    const blobs = newContainer();
    await blobs.write('a', bytes(8 * MiB), described);
    const stop = new AbortController();
    const content = await blobs.open('a', { signal: stop.signal });
    await content?.next();
    stop.abort();
    await expect(allOf(content ?? chunks())).rejects.toMatchObject({ retryable: true });
  });
});

describe('a version of a blob', () => {
  it('is deleted and renewed by its etag, and another one is not', async () => {
    const blobs = newContainer();
    await blobs.write('a', chunks('x'), () => ({ ...TEXT, metadata: { name: 'x' } }));
    const [listed] = await allOf(blobs.list());
    const first = await blobs.stat('a');
    expect(await blobs.renew('a', first!)).toBe(true);
    expect((await blobs.stat('a'))?.metadata).toEqual(first?.metadata);
    expect(await blobs.delete('a', undefined, listed?.etag)).toBe(false);
    expect(await blobs.renew('a', first!)).toBe(false);
    const second = await blobs.stat('a');
    expect(await blobs.delete('a', undefined, second?.etag)).toBe(true);
    expect(await blobs.renew('a', second!)).toBe(false);
    expect(await blobs.delete('a', undefined, second?.etag)).toBe(false);
  });
});

describe('a link to a blob', () => {
  const inAnHour = () => new Date(Date.now() + HOUR);
  async function linked(expiresAt = inAnHour()) {
    const blobs = newContainer();
    await blobs.write('a b/ü', chunks('secret'), described);
    await blobs.write('other', chunks('not for you'), described);
    const link = await blobs.link('a b/ü', { expiresAt, disposition: 'attachment; filename="x.txt"' });
    return { blobs, link };
  }

  it('gives everybody its bytes, as a file to save', async () => {
    const answer = await fetch((await linked()).link);
    expect([answer.status, await answer.text()]).toEqual([200, 'secret']);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="x.txt"');
    expect(answer.headers.get('content-type')).toBe(TEXT.contentType);
  });

  it('ends when it was said to end, and is for reading one blob', async () => {
    const expiresAt = inAnHour();
    const query = new URL((await linked(expiresAt)).link).searchParams;
    expect([query.get('sp'), query.get('sr')]).toEqual(['r', 'b']);
    expect(query.get('se')).toBe(`${expiresAt.toISOString().slice(0, 19)}Z`);
    expect(Date.parse(query.get('st') ?? '')).toBeLessThan(Date.now() - 5 * 60_000);
  });

  it.each(['PUT', 'DELETE'])('allows no %s', async (method) => {
    const { blobs, link } = await linked();
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2021-12-02' };
    const body = method === 'PUT' ? 'mine now' : null;
    const answer = await fetch(link, { method, headers, body });
    expect(answer.status).toBe(403);
    expect(`${await contentOf(blobs, 'a b/ü')}`).toBe('secret');
  });

  it('leads to no other blob, and lists none', async () => {
    const { link } = await linked();
    const other = link.replace(/\/a(%20|\+)b[^?]*\?/, '/other?');
    expect(other).not.toBe(link);
    expect((await fetch(other)).status).toBe(403);
    const list = link.replace(/\/a(%20|\+)b[^?]*\?/, '?restype=container&comp=list&');
    expect((await fetch(list)).status).toBe(403);
  });

  it('leads nowhere when its time is over, or was changed', async () => {
    expect((await fetch((await linked(new Date(Date.now() - 2_000))).link)).status).toBe(403);
    const changed = new URL((await linked()).link);
    changed.searchParams.set('se', '2099-01-01T00:00:00Z');
    expect((await fetch(changed)).status).toBe(403);
  });

  it('is for https only, except at a development server', async () => {
    const key = Buffer.from('key').toString('base64');
    const real = new BlockBlobs(
      `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${key};EndpointSuffix=core.windows.net`,
      'files',
    );
    const link = new URL(await real.link('a', { expiresAt: inAnHour() }));
    expect([link.origin, link.searchParams.get('spr')]).toEqual([
      'https://acme.blob.core.windows.net',
      'https',
    ]);
  });

  it('cannot be made without the key of the account', async () => {
    const keyless = new BlockBlobs(
      'BlobEndpoint=https://acme.blob.core.windows.net;SharedAccessSignature=sv=2021-12-02&sig=x',
      'files',
    );
    await expect(keyless.link('a', { expiresAt: inAnHour() })).rejects.toMatchObject({
      code: 'BlobLinkImpossible',
      message: expect.stringContaining('BLOBS_CONNECTION_STRING'),
    });
  });
});

it('a service that is away fails so that it can be tried again', async () => {
  const away = new BlockBlobs(
    azurite.connectionString.replace(azurite.blobUrl, 'http://127.0.0.1:1/devstoreaccount1'),
    'files',
  );
  const failure = { code: 'BlobUnavailable', retryable: true };
  await expect(away.write('a', chunks('x'), described)).rejects.toMatchObject(failure);
  await expect(away.write('a', bytes(20 * MiB), described)).rejects.toMatchObject(failure);
  await expect(away.stat('a')).rejects.toMatchObject(failure);
  await expect(away.open('a')).rejects.toMatchObject(failure);
});
