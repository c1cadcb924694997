/** Uploads over HTTP, with real storage. */
import { once } from 'node:events';
import { request } from 'node:http';
import { BlockBlobs } from '@countersign/azure';
import { FILES_CONTAINER, MAX_FILE_BYTES } from '@countersign/contracts';
import type { Azurite } from '@countersign/testing';
import { idOf, send as sendTo, startWithStorage } from '../../testing/files';
import { FUNCTION_KEY, HOST_KEY, PUBLIC_URL, RunningIngestion } from '../../testing/running-ingestion';

const MiB = 1024 * 1024;
const elsewhere = { 'x-forwarded-for': '203.0.113.9' };
const text = { 'content-type': 'text/plain' };

let azurite: Azurite;
let ingestion: RunningIngestion;
let blobs: BlockBlobs;
beforeAll(async () => {
  ({ azurite, ingestion } = await startWithStorage({ UPLOAD_SECONDS: '2' }));
  blobs = new BlockBlobs(azurite.connectionString, FILES_CONTAINER);
});
afterAll(async () => {
  await ingestion?.stop();
  await azurite?.stop();
});

const send = (
  query: string,
  body: NonNullable<RequestInit['body']> | null,
  headers: Record<string, string> = {},
) => sendTo(ingestion, query, body, headers);
async function stored(fileId: string): Promise<string | undefined> {
  const content = await blobs.open(fileId);
  if (content === undefined) return undefined;
  let all = '';
  for await (const chunk of content) all += chunk.toString();
  return all;
}
const names = async () => {
  const all: string[] = [];
  for await (const { name } of blobs.list()) all.push(name);
  return all;
};
const started = async (id: string) => (await ingestion.inputs(id))[0]?.body;

describe('an upload', () => {
  it('as the body itself is stored, and looked after by a workflow of the same id', async () => {
    const answer = await send('?name=report.txt&approvalSeconds=60', 'Hello', text);
    const fileId = await idOf(answer.clone());
    const statusUri = `${PUBLIC_URL}/api/status/${fileId}`;
    expect([answer.status, await answer.json()]).toEqual([201, { fileId, statusUri }]);
    expect(answer.headers.get('location')).toBe(statusUri);
    expect(answer.headers.get('operation-location')).toBe(`${PUBLIC_URL}/api/operations/${fileId}`);
    expect(await stored(fileId)).toBe('Hello');
    expect(await started(fileId)).toMatchObject({
      type: 'started',
      workflow: 'ProcessFile',
      input: { fileId, name: 'report.txt', contentType: 'text/plain', size: 5, approvalSeconds: 60 },
    });
  });

  it('as a form is stored, too', async () => {
    const form = new FormData();
    form.append('comment', 'see attached');
    form.append('file', new Blob(['Grüße'], { type: 'text/markdown' }), '../Grüße.md');
    const answer = await send('', form);
    expect(answer.status).toBe(201);
    const fileId = await idOf(answer);
    expect(await stored(fileId)).toBe('Grüße');
    expect(await started(fileId)).toMatchObject({
      input: { name: 'Grüße.md', contentType: 'text/markdown', size: 7 },
    });
  });

  it.each([
    ['JSON that is none', '{"a":', 'application/json'],
    ['a type of its own', 'x', 'application/vnd.acme+thing; a="b"'],
  ])('may be %s', async (_, body, type) => {
    const answer = await send('?name=x', body, { 'content-type': type });
    expect(await stored(await idOf(answer))).toBe(body);
  });

  it.each<[string, string, Record<string, string>]>([
    ['the query', '?name=..%2F..%2Fetc%2Fpasswd', {}],
    ['Content-Disposition', '', { 'content-disposition': 'attachment; filename="C:\\\\x\\\\passwd"' }],
    [
      'Content-Disposition, encoded',
      '',
      { 'content-disposition': "attachment; filename*=UTF-8''..%2Fpasswd" },
    ],
    ['x-file-name', '', { 'x-file-name': '%2Fetc%2Fpass%00wd' }],
  ])('has the last part of the name in %s', async (_, query, headers) => {
    const answer = await send(query, 'x', { ...text, ...headers });
    expect(await started(await idOf(answer))).toMatchObject({ input: { name: 'passwd' } });
  });

  it("is the uploader's who has a key", async () => {
    const answer = await send('?name=x', 'x', { ...text, ...elsewhere, 'x-functions-key': HOST_KEY });
    expect(await started(await idOf(answer))).toMatchObject({ input: { uploadedBy: 'key:platform' } });
  });

  it('repeated with its Idempotency-Key is the same file; another one is refused', async () => {
    const headers = { ...text, 'idempotency-key': 'one' };
    const first = await idOf(await send('?name=a', 'Hello', headers));
    const again = await send('?name=a', 'Hello', headers);
    expect([again.status, await idOf(again)]).toEqual([201, first]);
    expect(await ingestion.inputs(first)).toHaveLength(1);
    for (const [query, body] of [
      ['?name=a', 'Other'],
      ['?name=b', 'Hello'],
    ] as const)
      expect((await send(query, body, headers)).status).toBe(422);
    expect(await stored(first)).toBe('Hello');
  });

  it('made by many at the same time with one Idempotency-Key is one file', async () => {
    const headers = { ...text, 'idempotency-key': 'many' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => send('?name=a', 'Hello', headers)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const ids = await Promise.all(answers.map(idOf));
    expect(new Set(ids).size).toBe(1);
    expect(await ingestion.inputs(ids[0] ?? '')).toHaveLength(1);
  });

  it('that found its bytes, but no workflow, starts it', async () => {
    const headers = { ...text, 'idempotency-key': 'died between' };
    const fileId = await idOf(await send('?name=a', 'Hello', headers));
    const before = await blobs.stat(fileId);
    const again = await send('?name=a', 'Hello', headers);
    expect(again.status).toBe(201);
    // Renewed: a sweep that had seen the older version does not delete this one.
    expect((await blobs.stat(fileId))?.etag).not.toBe(before?.etag);
  });
});

describe('an upload that is refused leaves nothing', () => {
  let before: [string[], string[]];
  const state = async (): Promise<[string[], string[]]> => [await names(), await ingestion.storedSubjects()];
  beforeEach(async () => void (before = await state()));
  afterEach(async () => expect(await state()).toEqual(before));

  it.each([
    ['without a byte', 400, '?name=x', '', text],
    ['without a name', 400, '', 'x', text],
    ['with a name that names nothing', 400, '?name=..', 'x', text],
    ['with a policy that is no JSON', 400, '?name=x&approval={', 'x', text],
    ['with a policy that is none', 400, '?name=x&approval={"quorum":0}', 'x', text],
    ['with a time that is none', 400, '?name=x&approvalSeconds=soon', 'x', text],
    ['without a type', 415, '?name=x', new Uint8Array([1]), {}],
    [
      'as what curl sends of itself',
      415,
      '?name=x',
      'x',
      { 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['as another kind of parts', 415, '?name=x', 'x', { 'content-type': 'multipart/mixed; boundary=x' }],
    ['as no type', 415, '?name=x', 'x', { 'content-type': 'text' }],
    ['as a form without a boundary', 400, '?name=x', 'x', { 'content-type': 'multipart/form-data' }],
    [
      'as a form without a file',
      400,
      '?name=x',
      '--x--\r\n',
      { 'content-type': 'multipart/form-data; boundary=x' },
    ],
    ['without a key', 401, '?name=x', 'x', { ...text, ...elsewhere }],
    ['with a key for something else', 403, '?name=x', 'x', { ...text, 'x-functions-key': FUNCTION_KEY }],
    ['with a bad Idempotency-Key', 400, '?name=x', 'x', { ...text, 'idempotency-key': 'x'.repeat(256) }],
  ])('%s: %i', async (_, status, query, body, headers) => {
    const answer = await send(query, body, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const { detail } = (await answer.json()) as { detail: string };
    expect(detail.length).toBeGreaterThan(15);
  });

  it('a form with an empty file, or with two', async () => {
    const empty = new FormData();
    empty.append('file', new Blob([]), 'a.txt');
    expect((await send('', empty)).status).toBe(400);
    const two = new FormData();
    for (const name of ['a.txt', 'b.txt']) two.append('file', new Blob(['x']), name);
    expect((await send('', two)).status).toBe(400);
  });

  /** A client that says what it likes, and sends what it likes. */
  function client(headers: Record<string, string | number>) {
    const outgoing = request(`${ingestion.url}/api/file/add?name=x`, {
      method: 'POST',
      headers: { ...text, ...headers },
    });
    outgoing.on('error', () => undefined);
    const status = new Promise<number>((resolve) => {
      outgoing.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      outgoing.on('close', () => resolve(0));
    });
    return { outgoing, status };
  }

  it('one that says that it is too large, at once', async () => {
    const { outgoing, status } = client({ 'content-length': MAX_FILE_BYTES + 1 });
    outgoing.write('x');
    expect(await status).toBe(413);
    outgoing.destroy();
  });

  it('one that does not say how large it is, and is too large', async () => {
    const { outgoing, status } = client({ 'transfer-encoding': 'chunked' });
    const block = Buffer.alloc(MiB);
    let answered = false;
    void status.then(() => (answered = true));
    for (let sent = 0; sent <= MAX_FILE_BYTES + MiB && !answered; sent += MiB)
      if (!outgoing.write(block)) await Promise.race([once(outgoing, 'drain'), status]);
    expect(await status).toBe(413);
    outgoing.destroy();
  });

  it('one that ends before it has sent all that it said', async () => {
    const { outgoing, status } = client({ 'content-length': 9 * MiB });
    outgoing.write(Buffer.alloc(5 * MiB));
    await once(outgoing, 'drain');
    outgoing.destroy();
    expect(await status).toBe(0);
    expect((await send('?name=x', '', text)).status).toBe(400); // it goes on serving
  });

  it('one that stops in the middle', async () => {
    const { outgoing, status } = client({ 'content-length': 9 * MiB });
    outgoing.write('x');
    expect(await status).toBe(408);
    outgoing.destroy();
  });
});

describe('storage that is away', () => {
  it('is answered with 503, and nothing is started', async () => {
    const away = azurite.connectionString.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:1');
    const other = await RunningIngestion.start({
      TABLES_CONNECTION_STRING: away,
      BLOBS_CONNECTION_STRING: away,
    });
    const headers = { ...text };
    const upload = await fetch(`${other.url}/api/file/add?name=x`, {
      method: 'POST',
      body: 'x'.repeat(MiB),
      headers,
    });
    expect([upload.status, upload.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await fetch(`${other.url}/api/download/x`)).status).toBe(503);
    expect(await other.storedSubjects()).toEqual([]);
    await other.stop();
  });

  it('is said to be missing where there is none', async () => {
    const other = await RunningIngestion.start();
    const upload = await fetch(`${other.url}/api/file/add?name=x`, {
      method: 'POST',
      body: 'x',
      headers: text,
    });
    expect(upload.status).toBe(501);
    await other.stop();
  });

  it('a start that cannot be stored takes the bytes back', async () => {
    const { connectionString } = azurite;
    const settings = {
      TABLES_CONNECTION_STRING: connectionString,
      BLOBS_CONNECTION_STRING: connectionString,
    };
    const other = await RunningIngestion.start(settings);
    const before = await names();
    await other.nats.stop();
    const upload = await fetch(`${other.url}/api/file/add?name=x`, {
      method: 'POST',
      body: 'x',
      headers: text,
    });
    expect([upload.status, upload.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await names()).toEqual(before);
    await other.stop();
  });
});
