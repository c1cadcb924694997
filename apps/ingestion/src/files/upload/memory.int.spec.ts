/** What an upload holds in memory does not grow with the file. */
import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import { MAX_FILE_BYTES } from '@countersign/contracts';
import { type Azurite, reachableBytes } from '@countersign/testing';
import { startWithStorage } from '../../testing/files';
import type { RunningIngestion } from '../../testing/running-ingestion';

const MiB = 1024 * 1024;
/** Blocks that are filled and sent, and what sockets hold; a tenth of a file would be seen. */
const BOUND = 32 * MiB;

jest.setTimeout(120_000);
let azurite: Azurite;
let ingestion: RunningIngestion;
beforeAll(async () => {
  ({ azurite, ingestion } = await startWithStorage());
});
afterAll(async () => {
  await ingestion?.stop();
  await azurite?.stop();
});

const HEAD =
  '--x\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
const TAIL = '\r\n--x--\r\n';

/** Sends a file of so many bytes as fast as it is taken; gives the most that was reachable on the way. */
async function peakOf(bytes: number, isForm: boolean): Promise<number> {
  const type = isForm ? 'multipart/form-data; boundary=x' : 'application/octet-stream';
  const upload = request(`${ingestion.url}/api/file/add?name=a.bin`, {
    method: 'POST',
    headers: { 'content-type': type, 'transfer-encoding': 'chunked' },
  });
  const answered = once(upload, 'response');
  const piece = Buffer.alloc(MiB, 'some bytes');
  let peak = 0;
  if (isForm) upload.write(HEAD);
  for (let sent = 0; sent < bytes; sent += MiB) {
    await written(upload, piece);
    if (sent % (16 * MiB) === 0) peak = Math.max(peak, reachableBytes());
  }
  peak = Math.max(peak, reachableBytes());
  upload.end(isForm ? TAIL : '');
  const [answer] = (await answered) as [{ statusCode: number; resume(): void }];
  answer.resume();
  expect(answer.statusCode).toBe(201);
  return peak;
}

async function written(upload: ClientRequest, piece: Buffer): Promise<void> {
  if (!upload.write(piece)) await once(upload, 'drain');
}

it.each([
  ['as the body itself', false],
  ['as a form', true],
])('of 100 MiB %s', async (_, isForm) => {
  // What is loaded and compiled on the way is not the file's.
  await peakOf(9 * MiB, isForm);
  const before = reachableBytes();
  expect((await peakOf(MAX_FILE_BYTES, isForm)) - before).toBeLessThan(BOUND);
});
