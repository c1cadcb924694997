import { JetStreamLog, ShardLogs } from '@countersign/jetstream';
import { until } from '@countersign/testing';
import { Changes } from './changes';
import { StatusReader } from './status-reader';
import { Deployment } from '../testing/running-status';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start({ MAX_WAITS_PER_ADDRESS: '0' });
});
afterAll(() => deployment.stop());
afterEach(() => jest.restoreAllMocks());

type Subscription = ReturnType<ShardLogs['connection']['nc']['subscribe']>;

const changes = () => deployment.app.get(Changes, { strict: false });
const tagOf = (answer: Response) => answer.headers.get('etag') ?? '';
const turn = () => new Promise(setImmediate);

/** Every subscription that is made from now on. */
function subscriptions(): Subscription[] {
  const { nc } = deployment.app.get(ShardLogs).connection;
  const made: Subscription[] = [];
  const subscribe = nc.subscribe.bind(nc);
  jest.spyOn(nc, 'subscribe').mockImplementation((...args) => {
    const subscription = subscribe(...args);
    made.push(subscription);
    return subscription;
  });
  return made;
}

async function running(id: string): Promise<void> {
  await deployment.begin(id);
  await deployment.step(id, { customStatus: 'waiting', tasks: [1] });
}

describe('a held answer', () => {
  it.each([
    ['?wait=30', undefined],
    ['', 'respond-async, wait=30'],
  ])('comes when the state changes: %s %s', async (query, prefer) => {
    const id = `changes${query.length}`;
    await running(id);
    const held = deployment.ask(id, prefer === undefined ? {} : { prefer }, query);
    await until(() => changes().watched === 1);
    await deployment.step(id, { status: 'Completed', result: 'done' });
    const answer = await held;
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ result: 'done' })]);
    expect(answer.headers.get('preference-applied')).toBe(prefer === undefined ? null : 'wait=30');
    expect(changes().watched).toBe(0);
  });

  it('is not ended by a step that leaves the public state as it is, nor by progress; both show at its end', async () => {
    await running('quiet');
    const before = await deployment.ask('quiet');
    const read = jest.spyOn(StatusReader.prototype, 'read');
    const held = deployment.ask('quiet', { 'if-none-match': tagOf(before) }, '?wait=1');
    await until(() => changes().watched === 1);
    const started = performance.now();
    const seq = await deployment.step('quiet', { customStatus: 'waiting', tasks: [1] });
    for (let seen = 0; seen < seq; await turn()) seen = (await read.mock.results.at(-1)?.value)?.seq ?? 0;
    await deployment.progress('quiet', 1, { starts: 1, failures: 0, value: 50 });
    const answer = await held;
    expect(performance.now() - started).toBeGreaterThan(700);
    expect([answer.status, await answer.json()]).toEqual([202, expect.objectContaining({ progress: 50 })]);
    expect(tagOf(answer)).not.toBe(tagOf(before));
  });

  it('shows what was reported after the last look before its end', async () => {
    await running('late');
    const read = jest.spyOn(StatusReader.prototype, 'read');
    const held = deployment.ask('late', {}, '?wait=1');
    // The client's own look, the watch's first, and its second after a quarter of a second: the third comes too late.
    await until(() => read.mock.calls.length === 3);
    await read.mock.results[2]?.value;
    await deployment.progress('late', 1, { starts: 1, failures: 0, value: 'late' });
    expect(await (await held).json()).toMatchObject({ progress: 'late' });
  });

  it('is 304 when the time is up and nothing is new, and tells to come back soon', async () => {
    await running('nothing');
    const tag = tagOf(await deployment.ask('nothing'));
    const answer = await deployment.ask('nothing', { 'if-none-match': tag }, '?wait=1');
    expect([answer.status, answer.headers.get('retry-after'), tagOf(answer)]).toEqual([304, '1', tag]);
    expect(changes().watched).toBe(0);
  });

  it('comes at once for a client that knows an older state only, and where there is nothing to wait for', async () => {
    await running('older');
    const tag = tagOf(await deployment.ask('older'));
    await deployment.step('older', { customStatus: 'decided' });
    const newer = await deployment.ask('older', { 'if-none-match': tag }, '?wait=60');
    expect(await newer.json()).toMatchObject({ customStatus: 'decided' });
    await deployment.step('older', { status: 'Completed' });
    const ended = await deployment.ask('older', {}, '?wait=60');
    expect(ended.status).toBe(200);
    expect((await deployment.ask('older', { 'if-none-match': tagOf(ended) }, '?wait=60')).status).toBe(304);
    expect((await deployment.ask('never-was', {}, '?wait=60')).status).toBe(404);
  });

  it.each(['-1', 'soon', '1.5', ''])('is refused where the time makes no sense: wait=%s', async (wait) => {
    await running('refused');
    const answer = await deployment.ask('refused', {}, `?wait=${wait}`);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ errors: [{ field: 'wait', message: 'must be a whole number of seconds' }] }),
    ]);
  });

  it('comes from Pending too, when the first step is made', async () => {
    await deployment.begin('young');
    const held = deployment.ask('young', {}, '?wait=30');
    await until(() => changes().watched === 1);
    await deployment.step('young', {});
    expect(await (await held).json()).toMatchObject({ status: 'Running' });
  });

  it('comes for a change that was stored between the first look and the subscription', async () => {
    await running('between');
    const { nc } = deployment.app.get(ShardLogs).connection;
    const deaf = { unsubscribe: () => undefined } as Subscription;
    jest.spyOn(nc, 'subscribe').mockReturnValue(deaf);
    const read = StatusReader.prototype.read;
    jest.spyOn(StatusReader.prototype, 'read').mockImplementationOnce(async function (
      this: StatusReader,
      ...args
    ) {
      const view = await read.apply(this, args);
      await deployment.step('between', { status: 'Completed' });
      return view;
    });
    expect((await deployment.ask('between', {}, '?wait=30')).status).toBe(200);
  });

  it('of a client that goes away is given up at once, subscription and all', async () => {
    await running('left');
    const made = subscriptions();
    const aborter = new AbortController();
    const held = fetch(`${deployment.url}/api/status/left?wait=60`, { signal: aborter.signal });
    await until(() => changes().watched === 1);
    expect(made.map((subscription) => subscription.isClosed())).toEqual([false]);
    aborter.abort();
    await expect(held).rejects.toThrow('aborted');
    await until(() => changes().watched === 0);
    expect(made.map((subscription) => subscription.isClosed())).toEqual([true]);
  });
});

describe('a thousand clients that wait for one instance', () => {
  it('share one subscription and few reads, and all are told', async () => {
    const id = 'crowd';
    await running(id);
    const tag = tagOf(await deployment.ask(id));
    const made = subscriptions();
    const reads = jest.spyOn(JetStreamLog.prototype, 'lastFromAny');
    const follow = jest.spyOn(Changes.prototype, 'follow');
    const held = Array.from({ length: 1000 }, () => deployment.ask(id, { 'if-none-match': tag }, '?wait=60'));
    await until(() => follow.mock.calls.length === 1000);
    expect([made.length, changes().watched]).toEqual([1, 1]);
    reads.mockClear();
    await deployment.step(id, { status: 'Completed', result: 42 });
    const answers = await Promise.all(held);
    const results = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { result: number }).result),
    );
    expect([new Set(answers.map(({ status }) => status)), new Set(results)]).toEqual([
      new Set([200]),
      new Set([42]),
    ]);
    expect(reads.mock.calls.length).toBeLessThanOrEqual(10);
    expect([made.every((subscription) => subscription.isClosed()), changes().watched]).toEqual([true, 0]);
  });
});

describe('a service that stops', () => {
  it('answers what it holds with what is known, and holds nothing any more', async () => {
    const stopping = await Deployment.start();
    const follow = jest.spyOn(Changes.prototype, 'follow');
    await stopping.begin('held');
    const held = Array.from({ length: 20 }, () => stopping.ask('held', {}, '?wait=60'));
    const stream = await stopping.ask('held', {}, '/events');
    await until(() => follow.mock.calls.length === 21);
    const stopped = stopping.stop();
    const answers = await Promise.all(held);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await answers[0]?.json()).toMatchObject({ id: 'held', status: 'Pending' });
    expect(await stream.text()).not.toContain('event: end');
    await stopped;
    expect(stopping.app.get(Changes, { strict: false }).watched).toBe(0);
    // Shorter than what is held would wait by itself.
  }, 30_000);
});
