/** Downloads over HTTP, with real storage; the spec plays file-store. */
import { Table } from '@countersign/azure';
import { fileKey, type FileRow, METADATA_TABLE } from '@countersign/contracts';
import type { Azurite } from '@countersign/testing';
import { fileIn, idOf, send, startWithStorage } from '../../testing/files';
import { type RunningIngestion } from '../../testing/running-ingestion';

const elsewhere = { 'x-forwarded-for': '203.0.113.9' };
const text = { 'content-type': 'text/plain' };

let azurite: Azurite;
let ingestion: RunningIngestion;
let table: Table<FileRow>;
beforeAll(async () => {
  ({ azurite, ingestion } = await startWithStorage());
  table = new Table(azurite.connectionString, METADATA_TABLE);
});
afterAll(async () => {
  await ingestion?.stop();
  await azurite?.stop();
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
    const fileId = await idOf(await send(ingestion, '?name=Gr%C3%BC%C3%9Fe.txt', 'Hello', text));
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
    const id = await fileIn(ingestion, stage);
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
    const id = await fileIn(ingestion, 'available');
    expect((await get(id, elsewhere)).status).toBe(401);
  });
});
