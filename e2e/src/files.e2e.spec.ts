/** Application 5 with every process running: files are uploaded, analysed, approved twice and downloaded. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { eventually } from '@countersign/testing';
import { type Download, FILE_SERVICES, FilesClient } from './support/files-client';
import { startTestStack, type TestStack } from './support/test-stack';

const MiB = 1024 * 1024;
const HOUR = 3_600_000;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

jest.setTimeout(60_000);
let stack: TestStack;
let files: FilesClient;
beforeAll(async () => {
  stack = await startTestStack({ services: FILE_SERVICES });
  files = new FilesClient(stack);
});
afterAll(() => stack?.dispose());

/** Approves a file twice, and resolves when it is available. */
async function approved(fileId: string): Promise<void> {
  await files.reached(fileId, 'awaiting-upload-approval');
  expect((await files.decide('approve', fileId)).status).toBe(202);
  await files.reached(fileId, 'awaiting-download-approval');
  expect((await files.decide('approve/download', fileId)).status).toBe(202);
  await files.reached(fileId, 'available');
}

async function downloaded(fileId: string): Promise<{ body: Download; bytes: Uint8Array; answer: Response }> {
  const { status, body } = await files.download(fileId);
  expect(status).toBe(200);
  const answer = await fetch((body as Download).downloadUrl);
  return { body: body as Download, bytes: new Uint8Array(await answer.arrayBuffer()), answer };
}

describe('a file that is approved twice', () => {
  it('goes as text from the upload by way of its facts to its bytes', async () => {
    const text = await readFile(join(__dirname, '../../README.md'));
    const answer = await files.upload('?name=README.md', text, { 'content-type': 'text/markdown' });
    const { fileId } = answer.body as { fileId: string };
    const statusUri = `${stack.url}/api/status/${fileId}`;
    expect([answer.status, answer.body]).toEqual([201, { fileId, statusUri }]);
    expect(answer.headers.get('location')).toBe(statusUri);

    await files.reached(fileId, 'awaiting-upload-approval');
    const early = await files.download(fileId);
    expect([early.status, early.body]).toMatchObject([403, { stage: 'awaiting-upload-approval' }]);
    expect((await files.decide('approve', fileId, { by: 'Anna', reason: 'ours' })).status).toBe(202);
    const { customStatus } = await files.reached(fileId, 'awaiting-download-approval');
    const content = text.toString();
    const facts = {
      size: text.length,
      sha256: sha256(text),
      detectedType: 'text/plain',
      text: {
        characters: [...content].length,
        words: content.split(/\s+/).filter((word) => word !== '').length,
        lines: content.split('\n').length - (content.endsWith('\n') ? 1 : 0),
      },
    };
    expect(customStatus).toMatchObject({ name: 'README.md', facts });
    const halfway = await files.download(fileId);
    expect([halfway.status, halfway.body]).toMatchObject([403, { stage: 'awaiting-download-approval' }]);
    expect((await files.decide('approve/download', fileId)).status).toBe(202);

    const ended = await files.ended(fileId);
    expect(ended.customStatus?.stage).toBe('available');
    expect(ended.result).toMatchObject({
      fileId,
      available: true,
      facts,
      upload: { kind: 'approved', by: { id: 'http', name: 'Anna' }, reason: 'ours', channel: 'http' },
      download: { kind: 'approved' },
    });
    const { body, bytes, answer: link } = await downloaded(fileId);
    expect(sha256(bytes)).toBe(sha256(text));
    expect(body.metadata).toMatchObject({
      name: 'README.md',
      contentType: 'text/markdown',
      sha256: sha256(text),
    });
    expect(Math.abs(Date.parse(body.expiresAt) - Date.now() - HOUR)).toBeLessThan(60_000);
    expect(link.headers.get('content-disposition')).toContain('attachment; filename="README.md"');
    expect((await files.decide('approve/download', fileId)).status).toBe(409);
  });

  it('goes as an image in a form, too, under a name without tricks', async () => {
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAIAAAA2iEnWAAAAEklEQVR4nGP8z4AMmBhQAfEcABNRAQNqkLsbAAAAAElFTkSuQmCC',
      'base64',
    );
    const form = new FormData();
    form.append('file', new Blob([png], { type: 'application/x-lie' }), '../../etc/pass\u202Ewd.png');
    const { status, body } = await files.upload('', form);
    expect(status).toBe(201);
    const { fileId } = body as { fileId: string };
    await approved(fileId);
    const { body: file, bytes } = await downloaded(fileId);
    expect(Buffer.compare(bytes, png)).toBe(0);
    expect(file.metadata).toMatchObject({
      name: 'passwd.png',
      contentType: 'application/x-lie',
      detectedType: 'image/png',
      image: { width: 2, height: 3 },
    });
    // The link is for reading this one file.
    expect((await fetch(file.downloadUrl, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(file.downloadUrl.replace(fileId, 'another'))).status).toBe(403);
  });

  it('may get its second approval first', async () => {
    const fileId = await files.uploaded('?name=a.txt', 'Hello');
    await files.reached(fileId, 'awaiting-upload-approval');
    expect((await files.decide('approve/download', fileId)).status).toBe(202);
    expect((await files.instance(fileId)).customStatus?.stage).toBe('awaiting-upload-approval');
    expect((await files.decide('approve', fileId)).status).toBe(202);
    await files.reached(fileId, 'available');
    expect(Buffer.from((await downloaded(fileId)).bytes).toString()).toBe('Hello');
  });

  it('is decided by those whom its policy names', async () => {
    const policy = encodeURIComponent('{"approvers":{"users":["key:development-host"]}}');
    const fileId = await files.uploaded(`?name=a.txt&approval=${policy}`, 'Hello');
    await files.reached(fileId, 'awaiting-upload-approval');
    const stranger = await files.decide('approve', fileId, { by: 'development-host' });
    expect([stranger.status, stranger.body]).toMatchObject([403, { code: 'unidentified' }]);
    const other = await files.decide('approve', fileId, {}, { 'x-functions-key': stack.keys.functionKey });
    expect([other.status, other.body]).toMatchObject([403, { code: 'not-an-approver' }]);
    const known = await files.decide('approve', fileId, {}, { 'x-functions-key': stack.keys.hostKey });
    expect(known.status).toBe(202);
    await files.reached(fileId, 'awaiting-download-approval');
  });
});

describe('a file that is not approved', () => {
  it('is refused before it is analysed, and its bytes are gone', async () => {
    const fileId = await files.uploaded('?name=a.txt', 'Hello');
    await files.reached(fileId, 'awaiting-upload-approval');
    expect((await files.decide('reject', fileId, { by: 'Anna', reason: 'not ours' })).status).toBe(202);
    const { result } = await files.ended(fileId);
    expect(result).toMatchObject({ available: false, upload: { kind: 'rejected', reason: 'not ours' } });
    const answer = await files.download(fileId);
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body)).toContain('not ours');
    expect((await files.stored()).blobs).not.toContain(fileId);
    expect((await files.decide('approve', fileId)).status).toBe(409);
  });

  it('is refused after it is analysed', async () => {
    const fileId = await files.uploaded('?name=a.txt', 'Hello');
    await files.reached(fileId, 'awaiting-upload-approval');
    await files.decide('approve', fileId);
    await files.reached(fileId, 'awaiting-download-approval');
    expect((await files.decide('reject/download', fileId, { reason: 'personal data' })).status).toBe(202);
    expect((await files.ended(fileId)).result).toMatchObject({
      available: false,
      download: { kind: 'rejected' },
    });
    expect(await files.download(fileId)).toMatchObject({ status: 403, body: { stage: 'refused' } });
  });

  it('expires when nobody decides in time', async () => {
    const fileId = await files.uploaded('?name=a.txt&approvalSeconds=1', 'Hello');
    expect((await files.ended(fileId)).result).toMatchObject({
      available: false,
      upload: { kind: 'expired' },
    });
    expect(await files.download(fileId)).toMatchObject({ status: 403, body: { stage: 'expired' } });
    expect((await files.stored()).blobs).not.toContain(fileId);
  });
});

describe('an upload that is refused leaves nothing', () => {
  it.each([
    ['without a byte', 400, '?name=a.txt', '', 'text/plain'],
    ['with a wrong type', 415, '?name=a.txt', 'x', 'application/x-www-form-urlencoded'],
    ['with a name that names nothing', 400, '?name=..%2F..', 'x', 'text/plain'],
    ['of more than 100 MiB', 413, '?name=a.txt', Buffer.alloc(101 * MiB), 'text/plain'],
  ])('%s: %i', async (_, status, query, body, type) => {
    const before = await files.stored();
    for (const origin of [stack.url, stack.urls.ingestion])
      expect(await files.upload(query, body, { 'content-type': type }, origin)).toMatchObject({
        status,
        body: { status, detail: expect.any(String) },
      });
    expect(await files.stored()).toEqual(before);
  });

  it('of a form of more than 100 MiB', async () => {
    const before = await files.stored();
    const form = new FormData();
    form.append('file', new Blob([Buffer.alloc(101 * MiB)]), 'a.bin');
    expect(await files.upload('', form, {}, stack.urls.ingestion)).toMatchObject({ status: 413 });
    expect(await files.stored()).toEqual(before);
  });
});

describe('what is killed in the middle', () => {
  it('as ingestion during an upload leaves nothing that counts as a file', async () => {
    const before = await files.stored();
    const upload = request(`${stack.urls.ingestion}/api/file/add?name=a.bin`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'content-length': 20 * MiB },
    });
    const broken = once(upload, 'error');
    for (let sent = 0; sent < 15 * MiB; sent += MiB)
      if (!upload.write(Buffer.alloc(MiB))) await once(upload, 'drain');
    await stack.kill('ingestion');
    await broken;
    await stack.restart('ingestion');
    expect(await files.stored()).toEqual(before);
    const fileId = await files.uploaded('?name=a.txt', 'Hello');
    await approved(fileId);
  });

  it('as file-store during an analysis is finished by its successor', async () => {
    const text = Buffer.alloc(100 * MiB, 'some words and more of them\n');
    const fileId = await files.uploaded('?name=large.txt', text);
    await files.reached(fileId, 'awaiting-upload-approval');
    await files.decide('approve', fileId);
    await eventually(
      () => files.instance(fileId),
      ({ progress }) => progress !== undefined && progress.bytes > 0,
    );
    await stack.kill('file-store');
    const { customStatus, progress } = await files.instance(fileId);
    expect([customStatus?.stage, progress?.of]).toEqual(['analysing', text.length]);
    expect(progress?.bytes).toBeLessThan(text.length);
    await stack.restart('file-store');
    const analysed = await files.reached(fileId, 'awaiting-download-approval', 60_000);
    expect(analysed.customStatus?.facts).toMatchObject({ size: text.length, sha256: sha256(text) });
  }, 150_000);
});
