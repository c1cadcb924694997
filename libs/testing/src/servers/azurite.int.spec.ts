import { TableClient } from '@azure/data-tables';
import { type Azurite, startAzurite } from './azurite';

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

const table = () =>
  TableClient.fromConnectionString(azurite.connectionString, 'kept', { allowInsecureConnection: true });

it('keeps rows over an orderly restart', async () => {
  await table().createTable();
  await table().createEntity({ partitionKey: 'p', rowKey: 'r', value: 1 });
  await azurite.restart();
  expect((await table().getEntity('p', 'r'))['value']).toBe(1);
});

it('starts blobs and tables together', async () => {
  const both = await startAzurite({ blob: true, table: true });
  expect(both.connectionString).toContain(`BlobEndpoint=${both.blobUrl};TableEndpoint=${both.tableUrl};`);
  await both.stop();
});
