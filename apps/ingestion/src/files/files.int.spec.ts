/** Files over HTTP, with real storage; the spec plays the coordinator and file-store. */
import { once } from 'node:events';
import { request } from 'node:http';
import { BlockBlobs, Table } from '@countersign/azure';
import {
  fileKey,
  FILES_CONTAINER,
  type FileRow,
  type FileStatus,
  MAX_FILE_BYTES,
  METADATA_TABLE,
} from '@countersign/contracts';
import { type Azurite, startAzurite } from '@countersign/testing';
import type { AppliedInput, Json, Step } from '@countersign/workflow';
import { aStep } from '@countersign/testing';
import { FUNCTION_KEY, HOST_KEY, PUBLIC_URL, RunningIngestion } from '../testing/running-ingestion';

const MiB = 1024 * 1024;
const elsewhere = { 'x-forwarded-for': '203.0.113.9' };
const text = { 'content-type': 'text/plain' };

jest.setTimeout(60_000);
let azurite: Azurite;
let ingestion: RunningIngestion;
let blobs: BlockBlobs;
let table: Table<FileRow>;
beforeAll(async () => {
  azurite = await startAzurite({ table: true, blob: true });
  const { connectionString } = azurite;
  ingestion = await RunningIngestion.start({
    TABLES_CONNECTION_STRING: connectionString,
    BLOBS_CONNECTION_STRING: connectionString,
    UPLOAD_SECONDS: '2',
  });
  blobs = new BlockBlobs(connectionString, FILES_CONTAINER);
  table = new Table(connectionString, METADATA_TABLE);
}, 60_000);
afterAll(async () => {
  await ingestion?.stop();
  await azurite?.stop();
});

const send = (query: string, body: BodyInit | null, headers: Record<string, string> = {}) =>
  fetch(`${ingestion.url}/api/file/add${query}`, { method: 'POST', body, headers });
type BodyInit = NonNullable<RequestInit['body']>;
const idOf = async (answer: Response) => ((await answer.json()) as { fileId: string }).fileId;
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

/** What a coordinator would write of a file. */
const stepOf = (status: FileStatus, more: Partial<Step> = {}) =>
  aStep({ workflow: 'ProcessFile', customStatus: status as unknown as Json, ...more });
const subject = { description: 'May it?', facts: [] };
const waiting = { stage: 'waiting', subject, dueAt: '2031-03-04T10:30:00.000Z' } as const;
let files = 0;
async function fileIn(stage: FileStatus['stage'] | undefined): Promise<string> {
  const id = `file-${++files}`;
  await ingestion.client.start({ workflow: 'ProcessFile', id, input: {} });
  if (stage !== undefined) await ingestion.writeStep(id, stepOf({ stage, name: 'a.txt', approval: waiting }));
  return id;
}
const decide = (path: string, body: unknown = '', headers: Record<string, string> = {}) =>
  ingestion.post(`/api/${path}`, body, headers);
/** Writes the step in which a coordinator takes the next input of an instance. */
async function judge(
  id: string,
  status: (click: string) => FileStatus,
  outcome: AppliedInput['outcome'] = 'applied',
) {
  const [, input] = await ingestion.inputsOf(id, 2);
  const data = input?.body.type === 'event' ? (input.body.data as { id: string }) : { id: '' };
  const inputs = [{ seq: input?.seq ?? 0, at: 0, outcome }];
  await ingestion.writeStep(id, stepOf(status(data.id), { inputs }));
}

describe('a decision about a file', () => {
  it.each([
    ['approve/', 'UploadApproved', true],
    ['reject/', 'UploadApproved', false],
    ['approve/download/', 'DownloadApproved', true],
    ['reject/download/', 'DownloadApproved', false],
  ])('through %s raises %s', async (path, event, approved) => {
    const stage = path.includes('download') ? 'awaiting-download-approval' : 'awaiting-upload-approval';
    const id = await fileIn(stage);
    const answer = decide(path + id, { by: 'Anna', reason: ' because ' });
    const decision = (click: string) =>
      ({ id: click, action: 'approve', by: { id: 'http', name: 'Anna' }, at: '' }) as const;
    await judge(id, (click) => ({
      stage,
      name: 'a.txt',
      approval: { ...waiting, decision: decision(click) },
    }));
    expect((await answer).status).toBe(202);
    expect((await answer).headers.get('location')).toBe(`${PUBLIC_URL}/api/status/${id}`);
    expect((await ingestion.inputs(id))[1]?.body).toMatchObject({
      type: 'event',
      name: event,
      data: {
        approved,
        by: { id: 'http', name: 'Anna' },
        reason: 'because',
        id: expect.stringMatching(/^[-0-9a-f]{36}$/),
      },
    });
  });

  it('is by the name of the key, whatever the body says', async () => {
    const id = await fileIn('awaiting-upload-approval');
    const answer = decide(`approve/${id}`, { by: 'Ben' }, { 'x-functions-key': HOST_KEY });
    await judge(id, () => ({ stage: 'analysing', name: 'a.txt' }));
    expect((await ingestion.inputs(id))[1]?.body).toMatchObject({
      data: { by: { id: 'key:platform', name: 'platform' } },
    });
    expect((await answer).status).toBe(202);
  });

  it('is refused with the reason when the policy does not allow it', async () => {
    const id = await fileIn('awaiting-upload-approval');
    const answer = decide(`approve/${id}`);
    await judge(id, (click) => ({
      stage: 'awaiting-upload-approval',
      name: 'a.txt',
      approval: {
        ...waiting,
        refusals: [
          {
            id: click,
            action: 'approve',
            by: { id: 'http', name: 'x' },
            channel: 'http',
            at: '',
            refused: 'unidentified',
          },
        ],
      },
    }));
    expect([(await answer).status, await (await answer).json()]).toEqual([
      403,
      expect.objectContaining({ code: 'unidentified', detail: expect.stringContaining('key') }),
    ]);
  });

  it.each(['received', 'awaiting-upload-approval', 'analysing'] as const)(
    'on the download is kept while the file is %s',
    async (stage) => {
      const id = await fileIn(stage);
      const answer = decide(`approve/download/${id}`);
      await judge(id, () => ({ stage, name: 'a.txt' }), 'buffered');
      expect((await answer).status).toBe(202);
    },
  );

  it('is stored for a workflow that has not begun', async () => {
    const id = await fileIn(undefined);
    const answer = decide(`approve/${id}`);
    await judge(id, () => ({ stage: 'received', name: 'a.txt' }), 'buffered');
    expect((await answer).status).toBe(202);
  });

  it.each([
    ['approve/', 'analysing'],
    ['reject/', 'awaiting-download-approval'],
    ['approve/', 'available'],
    ['approve/download/', 'available'],
    ['reject/download/', 'refused'],
    ['approve/download/', 'expired'],
  ] as const)('through %s makes no sense when the file is %s', async (path, stage) => {
    const id = await fileIn(stage);
    const answer = await decide(path + id);
    expect([answer.status, await answer.json()]).toEqual([409, expect.objectContaining({ stage })]);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('that another one was faster than is told so', async () => {
    const id = await fileIn('awaiting-upload-approval');
    const answer = decide(`approve/${id}`);
    await judge(id, () => ({ stage: 'analysing', name: 'a.txt' }), 'buffered');
    expect((await answer).status).toBe(409);
  });

  it('about no file is refused', async () => {
    const { id } = await ingestion.waitingApproval('no file');
    for (const other of ['unknown', encodeURIComponent(id), '%40x'])
      for (const path of ['approve/', 'reject/', 'approve/download/', 'reject/download/'])
        expect((await decide(path + other)).status).toBe(404);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('is for who may start the workflow', async () => {
    const id = await fileIn('awaiting-upload-approval');
    expect((await decide(`approve/${id}`, '', elsewhere)).status).toBe(401);
    expect((await decide(`approve/${id}`, '', { 'x-functions-key': FUNCTION_KEY })).status).toBe(403);
    expect((await decide(`approve/${id}`, { approved: false })).status).toBe(400);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });
});

describe('a download', () => {
  const get = (id: string, headers: Record<string, string> = {}) =>
    fetch(`${ingestion.url}/api/download/${id}`, { headers });
  const row: FileRow = {
    Name: 'Grüße.txt',
    ContentType: 'text/plain',
    Size: 5,
    State: 'Available',
    UploadedAt: '2031-03-04T10:30:00.000Z',
    Run: '1',
    Sha256: 'a'.repeat(64),
    DetectedType: 'text/plain',
    Characters: 5,
    Words: 1,
    Lines: 1,
  };

  it('is a link to what was uploaded, for an hour, new each time', async () => {
    const fileId = await idOf(await send('?name=Gr%C3%BC%C3%9Fe.txt', 'Hello', text));
    await table.insert(fileKey(fileId), row);
    const earliest = Date.now() - 1000 + 3_600_000;
    const answer = await get(fileId);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const body = (await answer.json()) as { downloadUrl: string; expiresAt: string };
    expect(body).toEqual({
      fileId,
      metadata: {
        name: 'Grüße.txt',
        contentType: 'text/plain',
        size: 5,
        uploadedAt: row.UploadedAt,
        sha256: row.Sha256,
        detectedType: 'text/plain',
        text: { characters: 5, words: 1, lines: 1 },
      },
      downloadUrl: expect.any(String),
      expiresAt: expect.any(String),
    });
    const expires = Date.parse(body.expiresAt);
    expect(expires).toBeGreaterThanOrEqual(earliest);
    expect(expires).toBeLessThanOrEqual(Date.now() + 3_600_000);
    const link = new URL(body.downloadUrl);
    expect(Date.parse(link.searchParams.get('se') ?? '')).toBe(expires);
    const file = await fetch(link);
    expect([file.status, await file.text()]).toEqual([200, 'Hello']);
    expect(file.headers.get('content-disposition')).toContain("filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt");
  });

  it.each([
    ['received', 'the approval of its upload'],
    ['awaiting-upload-approval', 'the approval of its upload'],
    ['analysing', 'its analysis and the approval of its download'],
    ['awaiting-download-approval', 'It needs the approval of its download'],
  ] as const)('of a file that is %s says what is missing', async (stage, words) => {
    const id = await fileIn(stage);
    const answer = await get(id);
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ stage, detail: expect.stringContaining(words) }),
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    ['Refused', { Note: 'Refused by Anna (http): not ours' }, 'not ours'],
    ['Expired', {}, 'Nobody approved'],
    ['Analysed', {}, 'the approval of its download'],
    ['Uploaded', {}, 'the approval of its upload'],
  ] as const)('of a file that was %s says so after its instance is gone', async (State, more, words) => {
    const fileId = `gone ${State}`;
    await table.insert(fileKey(fileId), { ...row, ...more, State });
    const answer = await get(encodeURIComponent(fileId));
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ detail: expect.stringContaining(words) }),
    ]);
  });

  it('of no file is refused', async () => {
    const { id } = await ingestion.waitingApproval('no file to download');
    for (const other of ['unknown', encodeURIComponent(id), '%40x'])
      expect((await get(other)).status).toBe(404);
  });

  it('is not for who may only follow the file', async () => {
    const id = await fileIn('available');
    expect((await get(id, elsewhere)).status).toBe(401);
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
