import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Azurite, startAzurite } from '@countersign/testing';
import { Table } from './table';

interface Person {
  readonly name: string;
  readonly born?: Date;
}

const KEY = { partitionKey: 'people', rowKey: 'ada' };
const ADA: Person = { name: 'Ada', born: new Date('1815-12-10T00:00:00Z') };

let azurite: Azurite;
beforeAll(async () => {
  azurite = await startAzurite();
});
afterAll(() => azurite.stop());

let tables = 0;
const newTable = () => new Table<Person>(azurite.connectionString, `people${++tables}`);

describe('a table', () => {
  it('reads as empty before it exists, and exists after the first insert', async () => {
    const table = newTable();
    expect(await table.get(KEY)).toBeUndefined();
    expect(await table.replace(KEY, ADA, '*')).toBe(false);
    expect(await table.insert(KEY, ADA)).toBe(true);
    expect(await table.get(KEY)).toEqual({ row: ADA, etag: expect.any(String) });
  });

  it('inserts a key once, whoever else tries at the same time', async () => {
    const table = newTable();
    const inserted = await Promise.all(
      Array.from({ length: 10 }, (_, i) => table.insert(KEY, { name: `${i}` })),
    );
    expect(inserted.filter(Boolean)).toHaveLength(1);
    expect((await table.get(KEY))?.row.name).toBe(String(inserted.indexOf(true)));
  });

  it('replaces the whole row at the version that was read, and no other', async () => {
    const table = newTable();
    await table.insert(KEY, ADA);
    const etag = (await table.get(KEY))?.etag ?? '';
    expect(await table.replace(KEY, { name: 'Countess' }, etag)).toBe(true);
    expect(await table.replace(KEY, { name: 'Nobody' }, etag)).toBe(false);
    expect((await table.get(KEY))?.row).toEqual({ name: 'Countess' });
  });

  it('is ready when the service answers', async () => {
    expect(await newTable().check()).toBe(true);
  });
});

describe('a table whose service', () => {
  const at = (url: string, key = Buffer.from('key').toString('base64')) =>
    new Table<Person>(
      `DefaultEndpointsProtocol=http;AccountName=dev;AccountKey=${key};TableEndpoint=${url};`,
      'people',
    );

  let broken: Server;
  let status = 503;
  beforeAll(() => {
    broken = createServer((_request, response) => response.writeHead(status).end()).listen(0, '127.0.0.1');
  });
  afterAll(() => {
    broken.closeAllConnections();
    broken.close();
  });
  const brokenUrl = () => `http://127.0.0.1:${(broken.address() as AddressInfo).port}/dev`;

  it('is away fails so that it can be tried again', async () => {
    await expect(at('http://127.0.0.1:1/dev').get(KEY)).rejects.toMatchObject({
      code: 'TableUnavailable',
      retryable: true,
    });
    expect(await at('http://127.0.0.1:1/dev').check()).toContain('ECONNREFUSED');
  });

  it.each([500, 503, 429, 408])('answers %i fails so that it can be tried again', async (answer) => {
    status = answer;
    await expect(at(brokenUrl()).insert(KEY, ADA)).rejects.toMatchObject({
      code: 'TableUnavailable',
      retryable: true,
    });
  });

  it('refuses the credentials fails for good and says what to check', async () => {
    const url = new URL(azurite.tableUrl).origin + '/devstoreaccount1';
    const wrong = Buffer.from('wrong').toString('base64');
    const table = new Table<Person>(
      `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${wrong};TableEndpoint=${url};`,
      'people',
    );
    await expect(table.get(KEY)).rejects.toMatchObject({
      code: 'TableRefused',
      retryable: false,
      message: expect.stringContaining('TABLES_CONNECTION_STRING'),
    });
  });

  it('is abandoned when the caller gives up', async () => {
    await expect(newTable().insert(KEY, ADA, AbortSignal.abort())).rejects.toMatchObject({ retryable: true });
  });

  it('speaks plain http is accepted only on loopback or beside this container', () => {
    expect(() => at('http://localhost:10002/dev')).not.toThrow();
    expect(() => at('http://azurite:10002/dev')).not.toThrow();
    expect(() => at('https://dev.table.core.windows.net')).not.toThrow();
    expect(() => at('http://dev.table.core.windows.net')).toThrow('must use https');
  });

  it('has no valid connection string is refused by name, without repeating the string', () => {
    expect(() => new Table('AccountKey=hunter2', 'people')).toThrow(
      expect.objectContaining({
        code: 'TableConnectionInvalid',
        message: expect.not.stringContaining('hunter2'),
      }),
    );
  });
});
