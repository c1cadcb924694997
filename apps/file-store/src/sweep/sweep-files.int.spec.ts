import type { BlockBlobs } from '@countersign/azure';
import { type UploadedFile } from '@countersign/contracts';
import { JetStreamConnection, ensureTopology, ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { loadConfig } from '@countersign/service';
import { type Azurite, type NatsServer, startAzurite, startNatsServer } from '@countersign/testing';
import { FileBlobs } from '../analyse/file-blobs.client';
import { FileStoreConfig } from '../config';
import { rowOf } from '../rows/advance';
import { FileTable } from '../rows/file-table.client';
import { filesIn, upload } from '../testing/uploads';
import { SweepFiles } from './sweep-files';

const HOUR = 3_600_000;

let azurite: Azurite;
let nats: NatsServer;
let connection: JetStreamConnection;
let logs: ShardLogs;
let client: WorkflowClient;
let blobs: BlockBlobs;
let store: FileBlobs;
let table: FileTable;
beforeAll(async () => {
  [azurite, nats] = await Promise.all([startAzurite({ table: true, blob: true }), startNatsServer()]);
  const { connectionString } = azurite;
  const config = loadConfig(FileStoreConfig, {
    TABLES_CONNECTION_STRING: connectionString,
    BLOBS_CONNECTION_STRING: connectionString,
  });
  connection = await JetStreamConnection.open({ servers: nats.url, name: 'spec' });
  await ensureTopology(connection, { shards: 1, durability: 'single' });
  logs = new ShardLogs(connection, 1);
  client = new WorkflowClient(logs);
  blobs = filesIn(connectionString);
  store = new FileBlobs(config);
  table = new FileTable(config);
});
afterAll(async () => {
  logs?.close();
  await connection?.close();
  await Promise.all([azurite?.stop(), nats?.stop()]);
});

const file = (fileId: string): UploadedFile => ({
  fileId,
  name: 'a.txt',
  contentType: 'text/plain',
  size: 1,
  uploadedAt: '2031-03-04T10:30:00.000Z',
});
const facts = { size: 1, sha256: 'a'.repeat(64), detectedType: 'text/plain' };
const started = (id: string) => client.start({ workflow: 'ProcessFile', id, input: {} });
const sweepIn = (ms: number, of = store) => new SweepFiles(of, table, client).sweep(Date.now() + ms);

it('bytes that nobody looks after go after a day, and no others', async () => {
  const ids = ['orphan', 'started', 'unregistered', 'available', 'refused', 'refused-late', 'abandoned'];
  for (const id of ids) await upload(blobs, id, Buffer.from('x'));
  for (const id of ['started', 'unregistered', 'refused']) await started(id);
  await table.advance('started', rowOf(file('started'), 1, 'Uploaded'));
  await table.advance('available', rowOf(file('available'), 1, 'Available', { facts }));
  await table.advance('refused', rowOf(file('refused'), 1, 'Refused'));
  await table.advance('refused-late', rowOf(file('refused-late'), 1, 'Refused', { facts }));
  await table.advance('abandoned', rowOf(file('abandoned'), 1, 'Uploaded'));

  expect(await sweepIn(23 * HOUR)).toBe(0);
  expect(await sweepIn(25 * HOUR)).toBe(3); // orphan, refused, abandoned
  const left = [];
  for (const id of ids) if (await blobs.stat(id)) left.push(id);
  expect(left).toEqual(['started', 'unregistered', 'available', 'refused-late']);
  expect(await sweepIn(25 * HOUR)).toBe(0);
});

it('bytes for which a start comes while they are looked at stay', async () => {
  await upload(blobs, 'retried', Buffer.from('x'));
  // Ingestion renews a blob that it found, and only then starts the workflow.
  const race = Object.create(store) as FileBlobs;
  race.discard = async (entry, signal) => {
    const found = await blobs.stat(entry.name);
    expect(await blobs.renew(entry.name, found!)).toBe(true);
    await started(entry.name);
    return store.discard(entry, signal);
  };
  expect(await sweepIn(25 * HOUR, race)).toBe(0);
  expect(await blobs.stat('retried')).toBeDefined();
});
