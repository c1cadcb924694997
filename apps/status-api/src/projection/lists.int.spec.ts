/** Lists over HTTP, from steps on a real nats-server. The spec plays the coordinator. */
import { join } from 'node:path';
import { ShardLogs } from '@countersign/jetstream';
import { type NatsServer, PATIENCE, startNatsServer } from '@countersign/testing';
import { RunningManagement } from '../testing/running-management';

interface Listed {
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
}

async function page(api: RunningManagement, query = '', token?: string) {
  const answer = await api.ask(
    `/instances${query}`,
    token ? { headers: { 'x-ms-continuation-token': token } } : {},
  );
  expect(answer.status).toBe(200);
  return {
    listed: (await answer.json()) as Listed[],
    token: answer.headers.get('x-ms-continuation-token') ?? undefined,
    behind: answer.headers.get('x-list-behind'),
  };
}

async function everyPage(api: RunningManagement, query: string): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const next = await page(api, query, token);
    all.push(...next.listed);
    token = next.token;
  }
  return all;
}
const ids = (listed: readonly Listed[]) => listed.map(({ instanceId }) => instanceId);

describe('a list of instances', () => {
  let api: RunningManagement;
  beforeAll(async () => {
    api = await RunningManagement.start();
  });
  afterAll(() => api.stop());

  it('shows an instance as soon as its step is stored', async () => {
    for (let i = 0; i < 30; i++) {
      await api.step(`fresh ${i}`, { createdAt: 1_000 + i });
      const { listed, behind } = await page(api, `?instanceIdPrefix=fresh%20${i}&showInput=false`);
      expect([ids(listed).at(-1), behind]).toEqual([`fresh ${i}`, '0']);
    }
  });

  it('shows what Durable Functions shows, with the input where it is wanted', async () => {
    await api.begin('whole', { a: 1 });
    const error = { code: 'X', message: 'It broke', retryable: false };
    const more = {
      status: 'Failed',
      customStatus: { stage: 's' },
      error,
      createdAt: 5,
      updatedAt: 6,
    } as const;
    await api.step('whole', more);
    expect((await page(api, '?instanceIdPrefix=whole')).listed).toEqual([
      {
        name: 'NotifyOnTask',
        instanceId: 'whole',
        runtimeStatus: 'Failed',
        input: { a: 1 },
        customStatus: { stage: 's' },
        output: 'It broke',
        createdTime: '1970-01-01T00:00:00.005Z',
        lastUpdatedTime: '1970-01-01T00:00:00.006Z',
        error,
      },
    ]);
    expect((await page(api, '/?instanceIdPrefix=whole&showInput=false')).listed[0]?.input).toBeNull();
  });

  it('goes on with its token, and with no other filter', async () => {
    for (let i = 0; i < 25; i++) await api.step(`paged ${i}`, { createdAt: 50 + Math.floor(i / 4) });
    const query = '?instanceIdPrefix=paged&top=10&showInput=false';
    const first = await page(api, query);
    expect(first.listed).toHaveLength(10);
    expect(ids(await everyPage(api, query))).toHaveLength(25);
    const other = await api.ask('/instances?instanceIdPrefix=page&top=10', {
      headers: { 'x-ms-continuation-token': first.token ?? '' },
    });
    expect(other.status).toBe(400);
    expect(await other.json()).toMatchObject({ errors: [{ field: 'x-ms-continuation-token' }] });
    const same = await page(api, '?instanceIdPrefix=paged&top=3&showInput=true', first.token);
    expect(same.listed).toHaveLength(3);
  });

  it('lists nobody twice and leaves nobody out while instances start, end and go', async () => {
    const there = Array.from({ length: 200 }, (_, i) => `busy ${i}`);
    for (const [i, id] of there.entries()) await api.step(id, { createdAt: 10_000 + i });
    let writing = true;
    const write = async () => {
      for (let i = 0; writing; i++) {
        await api.step(`busy new ${i}`, { createdAt: 10_200 + i });
        await api.step(`busy ${i % 200}`, { createdAt: 10_000 + (i % 200), customStatus: i });
      }
    };
    const writer = write();
    const lists = await Promise.all(
      [7, 13, 50].map((top) => everyPage(api, `?q=busy&showInput=false&top=${top}`)),
    );
    writing = false;
    await writer;
    for (const list of lists) {
      expect(new Set(ids(list)).size).toBe(list.length);
      expect(ids(list)).toEqual(expect.arrayContaining(there));
    }
  });

  it('forgets what is purged', async () => {
    const last = await api.step('to be purged', { status: 'Completed' });
    await api.purge('to be purged', last);
    expect(ids((await page(api, '?q=purged')).listed)).toEqual([]);
  });

  it.each([
    ['top=0', 'top'],
    ['top=1001', 'top'],
    ['top=many', 'top'],
    ['runtimeStatus=Running,Asleep', 'runtimeStatus'],
    ['createdTimeFrom=tomorrow', 'createdTimeFrom'],
    ['createdTimeTo=2026-13-01', 'createdTimeTo'],
    ['createdTimeTo=2026-01-01T00:00:00+01:00', 'createdTimeTo'],
    ['showInput=1', 'showInput'],
    ['q=a&q=b', 'q'],
    [`instanceIdPrefix=${'x'.repeat(257)}`, 'instanceIdPrefix'],
    ['status=Running', 'status'],
  ])('refuses ?%s by name', async (query, field) => {
    const answer = await api.ask(`/instances?${query}`);
    const problem = (await answer.json()) as { errors?: { field: string }[] };
    expect([answer.status, problem.errors?.map((error) => error.field)]).toEqual([400, [field]]);
  });

  it.each([
    ['createdTimeFrom=2020-01-01&createdTimeTo=2030-01-01T00:00:00Z'],
    ['createdTimeFrom=2020-01-01T00:00:00.1234567Z'],
    ['createdTimeFrom=2020-01-01T00:00:00%2B01:00'],
    ['runtimeStatus=Running&runtimeStatus=Failed,ContinuedAsNew'],
    ['showInput=True&taskHub=h&connection=c'],
  ])('takes ?%s', async (query) => {
    expect((await api.ask(`/instances?${query}&instanceIdPrefix=none`)).status).toBe(200);
  });

  it('takes a time without a zone for UTC', async () => {
    await api.step('in utc', { createdAt: Date.parse('2026-01-31T12:00:00Z') });
    const query = '?q=utc&createdTimeFrom=2026-01-31T12:00:00&createdTimeTo=2026-01-31T12:00:00';
    expect(ids((await page(api, query)).listed)).toEqual(['in utc']);
  });
});

describe('the projection', () => {
  let nats: NatsServer;
  const running: RunningManagement[] = [];
  beforeEach(async () => {
    nats = await startNatsServer();
  });
  afterEach(async () => {
    for (const api of running.splice(0)) await api.stop();
    await nats.stop();
  });
  const start = async (settings: Record<string, string> = {}) => {
    const api = await RunningManagement.start(settings, nats);
    running.push(api);
    return api;
  };
  const rowsOf = async (api: RunningManagement) => {
    await api.projection.caughtUp(PATIENCE);
    return [...api.projection.store.rows('SELECT * FROM instances ORDER BY id', [])].map((row) => ({
      ...(row as object),
    }));
  };
  /** Many steps and purges of few instances, over two shards. */
  const write = async (api: RunningManagement, many: number) => {
    for (let i = 0; i < many; i++) {
      const id = `i ${(i * 7919) % 97}`;
      const seq = await api.step(id, {
        createdAt: i % 97,
        customStatus: i,
        status: i % 5 ? 'Running' : 'Completed',
      });
      if (i % 13 === 0) await api.purge(id, seq);
    }
  };

  it('built from nothing equals the one that followed live', async () => {
    const live = await start({ SHARDS: '2' });
    const writing = write(live, 800);
    const during = await start({ SHARDS: '2' });
    await writing;
    const after = await start({ SHARDS: '2' });
    const rows = await rowsOf(live);
    expect(rows.length).toBeGreaterThan(50);
    expect(await rowsOf(during)).toEqual(rows);
    expect(await rowsOf(after)).toEqual(rows);
  });

  it('goes on from its file, and takes in what happened meanwhile, purges included', async () => {
    const witness = await start();
    const PROJECTION_FILE = join(witness.dir, 'instances.sqlite');
    const first = await start({ PROJECTION_FILE });
    await write(witness, 200);
    await first.projection.caughtUp(PATIENCE);
    await first.stop();
    running.splice(running.indexOf(first), 1);
    const gone = await witness.step('gone meanwhile', {});
    await witness.purge('gone meanwhile', gone);
    await write(witness, 50);
    const second = await start({ PROJECTION_FILE });
    expect(second.projection.store.thrownAway).toBeUndefined();
    expect(await rowsOf(second)).toEqual(await rowsOf(witness));
  });

  it('begins from nothing when the stream was made anew', async () => {
    const witness = await start();
    const PROJECTION_FILE = join(witness.dir, 'instances.sqlite');
    const first = await start({ PROJECTION_FILE });
    await witness.step('of the old stream', {});
    await first.projection.caughtUp(PATIENCE);
    await first.stop();
    running.splice(running.indexOf(first), 1);
    await witness.connection.jsm.streams.delete('WF_0');
    const second = await start({ PROJECTION_FILE });
    await second.step('of the new stream', {});
    expect(await rowsOf(second)).toMatchObject([{ id: 'of the new stream' }]);
  });

  it('lists what it has while JetStream is away or it catches up, and says so', async () => {
    const api = await start();
    const url = api.url.replace('[::1]', '127.0.0.1');
    await api.step('known', {});
    expect((await page(api)).behind).toBe('0');
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({ parts: { lists: 'ready' } });
    jest.spyOn(api.projection, 'caughtUp').mockResolvedValue(false);
    jest.spyOn(api.projection, 'behind', 'get').mockReturnValue(1234);
    const { listed, behind } = await page(api, '?showInput=false');
    expect([ids(listed), behind]).toEqual([['known'], '1234']);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      expect.objectContaining({
        parts: expect.objectContaining({ lists: 'behind by 1234 steps' }) as object,
      }),
    ]);
    jest.restoreAllMocks();
  });

  it('follows again after nats-server was killed', async () => {
    const api = await start();
    await api.step('before', {});
    await api.projection.caughtUp(PATIENCE);
    await nats.kill();
    await nats.restart();
    const write = async (): Promise<void> => {
      await api.step('after', {}).catch(write);
    };
    await write();
    while (!(await api.projection.caughtUp(1_000)));
    expect(await rowsOf(api)).toMatchObject([{ id: 'after' }, { id: 'before' }]);
    expect(api.app.get(ShardLogs).shards).toBe(1);
  });
});
