/** What an analysis holds in memory does not grow with the file. */
import { MAX_FILE_BYTES } from '@countersign/contracts';
import { loadConfig } from '@countersign/service';
import { type Azurite, contextOf, reachableBytes, startAzurite } from '@countersign/testing';
import { FileStoreConfig } from '../config';
import { FileTable } from '../rows/file-table.client';
import { filesIn, upload } from '../testing/uploads';
import { AnalyseFileHandler } from './analyse-file';
import { FileBlobs } from './file-blobs.client';

const MiB = 1024 * 1024;
const BOUND = 24 * MiB;

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite({ table: true, blob: true });
});
afterAll(() => azurite.stop());

it('of 100 MiB of text', async () => {
  const { connectionString } = azurite;
  const config = loadConfig(FileStoreConfig, {
    TABLES_CONNECTION_STRING: connectionString,
    BLOBS_CONNECTION_STRING: connectionString,
  });
  const handler = new AnalyseFileHandler(new FileTable(config), new FileBlobs(config));
  const uploadedAt = new Date(0).toISOString();
  const analysed = async (fileId: string, size: number): Promise<number> => {
    await upload(filesIn(connectionString), fileId, Buffer.alloc(size, 'some words\n'));
    const before = reachableBytes();
    let peak = 0;
    const progress = async () => void (peak = Math.max(peak, reachableBytes()));
    const file = { fileId, name: 'a.txt', contentType: 'text/plain', size, uploadedAt };
    expect(await handler.analyse(file, contextOf(fileId, 1, { progress }))).toMatchObject({ size });
    return peak - before;
  };
  // What is loaded and compiled on the way is not the file's.
  await analysed('small', 5 * MiB);
  expect(await analysed('large', MAX_FILE_BYTES)).toBeLessThan(BOUND);
}, 120_000);
