/** What the activities do with real storage, whatever comes twice, late, or not at all. */
import { createHash } from 'node:crypto';
import {
  fileKey,
  type FileRow,
  type FileState,
  METADATA_TABLE,
  type UploadedFile,
} from '@countersign/contracts';
import { type BlockBlobs, Table } from '@countersign/azure';
import { loadConfig } from '@countersign/service';
import { type Azurite, contextOf, startAzurite } from '@countersign/testing';
import { AnalyseFileHandler } from './analyse/analyse-file';
import { FileBlobs } from './analyse/file-blobs.client';
import { FileStoreConfig } from './config';
import { MarkFileHandler } from './mark/mark-file';
import { RegisterFileHandler } from './register/register-file';
import { FileTable } from './rows/file-table.client';
import { png } from './testing/images';
import { filesIn, upload } from './testing/uploads';

const TEXT = Buffer.from('Hello, world.\n');
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

let azurite: Azurite;
let blobs: BlockBlobs;
let table: FileTable;
let register: RegisterFileHandler;
let analyse: AnalyseFileHandler;
let mark: MarkFileHandler;
beforeAll(async () => {
  azurite = await startAzurite({ table: true, blob: true });
  const { connectionString } = azurite;
  const config = loadConfig(FileStoreConfig, {
    TABLES_CONNECTION_STRING: connectionString,
    BLOBS_CONNECTION_STRING: connectionString,
  });
  blobs = filesIn(connectionString);
  table = new FileTable(config);
  const store = new FileBlobs(config);
  register = new RegisterFileHandler(table);
  analyse = new AnalyseFileHandler(table, store);
  mark = new MarkFileHandler(table, store);
});
afterAll(() => azurite.stop());

let files = 0;
async function uploaded(bytes: Buffer = TEXT): Promise<UploadedFile> {
  const fileId = `file ${++files}`;
  await upload(blobs, fileId, bytes);
  const uploadedAt = '2031-03-04T10:30:00.000Z';
  return { fileId, name: 'a.txt', contentType: 'text/plain', size: bytes.length, uploadedAt };
}
const markAs = (file: UploadedFile, state: FileState, run = 1) =>
  mark.mark({ ...file, state, note: 'why' }, contextOf(file.fileId, 1, { run }));

it('a file goes from its row by way of its facts to its end', async () => {
  const file = await uploaded();
  const context = contextOf(file.fileId);
  expect(await register.register({ ...file, uploadedBy: 'key:release' }, context)).toEqual({
    registered: true,
  });
  expect(await table.find(file.fileId)).toMatchObject({
    State: 'Uploaded',
    Name: 'a.txt',
    UploadedBy: 'key:release',
  });
  const facts = await analyse.analyse(file, context);
  expect(facts).toMatchObject({ size: 14, sha256: sha256(TEXT), detectedType: 'text/plain' });
  expect(await table.find(file.fileId)).toMatchObject({ State: 'Analysed', Sha256: sha256(TEXT), Lines: 1 });
  expect(await mark.mark({ ...file, state: 'Available', facts }, context)).toEqual({ marked: true });
  const row = await new Table<FileRow>(azurite.connectionString, METADATA_TABLE).get(fileKey(file.fileId));
  expect(row?.row).toEqual({
    Name: 'a.txt',
    ContentType: 'text/plain',
    Size: 14,
    State: 'Available',
    UploadedAt: file.uploadedAt,
    UploadedBy: 'key:release',
    Run: '1',
    Sha256: sha256(TEXT),
    DetectedType: 'text/plain',
    Characters: 14,
    Words: 2,
    Lines: 1,
  });
  expect(await blobs.stat(file.fileId)).toMatchObject({ size: 14 });
});

it('an image has its size in the row', async () => {
  const file = await uploaded(png(40, 30));
  await analyse.analyse(file, contextOf(file.fileId));
  expect(await table.find(file.fileId)).toMatchObject({ DetectedType: 'image/png', Width: 40, Height: 30 });
});

it('an attempt that comes late takes nothing back', async () => {
  const file = await uploaded();
  const context = contextOf(file.fileId);
  await analyse.analyse(file, context);
  await markAs(file, 'Available');
  await register.register(file, context);
  await analyse.analyse(file, context);
  expect(await markAs(file, 'Refused')).toEqual({ marked: false });
  expect(await markAs(file, 'Available')).toEqual({ marked: true });
  expect(await table.find(file.fileId)).toMatchObject({ State: 'Available' });
  expect(await blobs.stat(file.fileId)).toBeDefined();
});

it('of many at the same time one decides, and all say which', async () => {
  const file = await uploaded();
  const ends = ['Available', 'Refused', 'Expired'] as const;
  const answers = await Promise.all(ends.map((state) => markAs(file, state)));
  const row = await table.find(file.fileId);
  expect(answers.map(({ marked }) => marked)).toEqual(ends.map((state) => state === row?.State));
});

it.each(['Refused', 'Expired'] as const)(
  'bytes that nobody looked at go when the file is %s',
  async (state) => {
    const file = await uploaded();
    await register.register(file, contextOf(file.fileId));
    for (const _ of ['first', 'again']) {
      expect(await markAs(file, state)).toEqual({ marked: true });
      expect(await blobs.stat(file.fileId)).toBeUndefined();
    }
    expect(await table.find(file.fileId)).toMatchObject({ State: state, Note: 'why' });
  },
);

it('bytes that were analysed stay, although the file is refused', async () => {
  const file = await uploaded();
  await analyse.analyse(file, contextOf(file.fileId));
  await markAs(file, 'Refused');
  expect(await blobs.stat(file.fileId)).toBeDefined();
});

it('a row that storage lost is written anew', async () => {
  const file = await uploaded();
  const facts = await analyse.analyse({ ...file, fileId: file.fileId }, contextOf(file.fileId));
  const lost = { ...file, fileId: `${file.fileId} lost` };
  await mark.mark({ ...lost, state: 'Available', facts }, contextOf(lost.fileId));
  expect(await table.find(lost.fileId)).toMatchObject({
    State: 'Available',
    Name: 'a.txt',
    Sha256: facts.sha256,
  });
});

it('a run of an instance that was started anew begins anew', async () => {
  const file = await uploaded();
  await markAs(file, 'Available', 5);
  await register.register(file, contextOf(file.fileId, 1, { run: 9 }));
  expect(await table.find(file.fileId)).toMatchObject({ State: 'Uploaded', Run: '9' });
  expect(await markAs(file, 'Available', 5)).toEqual({ marked: false });
});

it('an instance gets at no file of another', async () => {
  const file = await uploaded();
  const stranger = contextOf('another instance');
  const refusal = { code: 'FileOfAnother', retryable: false };
  await expect(register.register(file, stranger)).rejects.toMatchObject(refusal);
  await expect(analyse.analyse(file, stranger)).rejects.toMatchObject(refusal);
  await expect(mark.mark({ ...file, state: 'Refused' }, stranger)).rejects.toMatchObject(refusal);
  expect([await table.find(file.fileId), await blobs.stat(file.fileId)]).toEqual([
    undefined,
    expect.anything(),
  ]);
});

describe('an analysis', () => {
  it('of bytes that are gone fails for good', async () => {
    const file = { ...(await uploaded()), fileId: 'gone' };
    await expect(analyse.analyse(file, contextOf('gone'))).rejects.toMatchObject({
      code: 'FileGone',
      retryable: false,
    });
  });

  it('says how far it is, in bytes', async () => {
    const file = await uploaded(Buffer.alloc(9 * 1024 * 1024, 'words '));
    const seen: { bytes: number; of: number }[] = [];
    const progress = async (value: unknown) => void seen.push(value as (typeof seen)[number]);
    await analyse.analyse(file, contextOf(file.fileId, 1, { progress }));
    const bytes = seen.map((report) => report.bytes);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
    expect([bytes[0], bytes.at(-1)]).toEqual([0, file.size]);
    expect(bytes.length).toBeGreaterThanOrEqual(4);
  });

  it('ends when it is told to', async () => {
    const file = await uploaded(Buffer.alloc(9 * 1024 * 1024));
    const stop = new AbortController();
    const progress = async () => stop.abort();
    await expect(
      analyse.analyse(file, contextOf(file.fileId, 1, { progress, signal: stop.signal })),
    ).rejects.toMatchObject({ retryable: true });
    expect(await table.find(file.fileId)).toBeUndefined();
  });
});
