/** What a query holds in memory grows with its distinct values, not with its rows. */
import { loadConfig } from '@countersign/service';
import { type Azurite, contextOf, startAzurite } from '@countersign/testing';
import { CheckpointStore } from './checkpoint/checkpoint-store.client';
import { QueryWorkerConfig } from './config';
import { AuditTable } from './count/audit-table.client';
import { CountDistinctHandler } from './count/count-distinct';
import { EndlessTable } from './testing/endless-table';
import { reachableHeap } from './testing/heap';

const DAYS = { start: '2021-10-10', end: '2021-10-13' };

jest.setTimeout(120_000);
let azurite: Azurite;
let queries = 0;
beforeAll(async () => {
  azurite = await startAzurite({ blob: true });
});
afterAll(() => azurite.stop());

/** Bytes that are reachable when all rows are read, and the query has not ended. */
async function heapAtTheEnd(rowsPerDay: number, distinct: number): Promise<number> {
  const table = await EndlessTable.start(rowsPerDay, distinct);
  const config = {
    ...loadConfig(QueryWorkerConfig, {
      TABLES_CONNECTION_STRING: table.connectionString,
      BLOBS_CONNECTION_STRING: azurite.connectionString,
    }),
    checkpointSeconds: 0.2,
  };
  const handler = new CountDistinctHandler(new AuditTable(config), new CheckpointStore(config), config);
  let heap = 0;
  const progress = async (value: unknown) => {
    if ((value as { partitionsDone: number }).partitionsDone === 4) heap = await reachableHeap();
  };
  const number = await handler.count(DAYS, contextOf(`query ${++queries}`, 1, { progress }));
  await table.stop();
  expect(number).toBe(distinct);
  expect(table.rows).toBe(4 * rowsPerDay);
  return heap;
}

it('stays the same for eleven times as many rows, and grows with distinct values', async () => {
  // What the clients load and compile on their first requests is not the query's.
  await heapAtTheEnd(110_000, 1_000);
  const few = await heapAtTheEnd(10_000, 1_000);
  const many = await heapAtTheEnd(110_000, 1_000);
  const varied = await heapAtTheEnd(110_000, 100_000);

  const rows = 4 * 100_000;
  // One reference per row would be 8 bytes.
  expect((many - few) / rows).toBeLessThan(4);
  expect((varied - many) / 99_000).toBeGreaterThan(20);
});
