import type { ServerResponse } from 'node:http';
import { ShardLogs } from '@countersign/jetstream';
import { until } from '@countersign/testing';
import { Changes } from './changes';
import { EventStreams } from './event-stream';
import { StatusReader } from './status-reader';
import { Deployment } from '../testing/running-status';
import { EventSource } from '../testing/event-source';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await Deployment.start();
});
afterAll(() => deployment.stop());
afterEach(() => jest.restoreAllMocks());

const changes = () => deployment.app.get(Changes, { strict: false });
const turn = () => new Promise(setImmediate);
const open = (id: string, lastEventId?: string) =>
  EventSource.open(`${deployment.url}/api/status/${id}/events`, lastEventId);
const report = (id: string, value: unknown) => deployment.progress(id, 1, { starts: 1, failures: 0, value });

describe('the events of an instance', () => {
  it('begin with the current state, are one for each change, and end with the instance', async () => {
    await deployment.begin('story');
    await deployment.step('story', { customStatus: 'early' });
    await deployment.step('story', { customStatus: 'one' });
    const source = await open('story');
    expect(source.response.status).toBe(200);
    expect(source.response.headers.get('content-type')).toBe('text/event-stream');
    expect(await source.next()).toMatchObject({
      type: 'message',
      data: { id: 'story', status: 'Running', customStatus: 'one', result: null },
    });
    await deployment.step('story', { customStatus: 'two' });
    expect(await source.next()).toMatchObject({ data: { customStatus: 'two' } });
    await deployment.step('story', { status: 'Suspended', customStatus: 'two' });
    expect(await source.next()).toMatchObject({ data: { status: 'Suspended' } });
    await deployment.step('story', { status: 'Completed', result: { ok: true } });
    const [last, end, ...more] = await source.rest();
    expect(last).toMatchObject({ type: 'message', data: { status: 'Completed', result: { ok: true } } });
    expect([end, more]).toEqual([{ type: 'end', id: last?.id, data: {} }, []]);
    expect(source.raw).toMatch(/^retry: \d+\n/);
    expect(changes().watched).toBe(0);
  });

  it('are none for a step that leaves the public state as it is, and none are lost when steps come together', async () => {
    await deployment.begin('together');
    await deployment.step('together', { customStatus: 0 });
    const source = await open('together');
    await source.next();
    const states = [1, 1, 2, 3, 3, 3, 4, 5];
    await Promise.all(states.map((customStatus) => deployment.step('together', { customStatus })));
    await deployment.step('together', { status: 'Completed', customStatus: 5 });
    const events = (await source.rest()).filter(({ type }) => type === 'message');
    expect(events.map(({ data }) => [data['status'], data['customStatus']])).toEqual([
      ...[1, 2, 3, 4, 5].map((customStatus) => ['Running', customStatus]),
      ['Completed', 5],
    ]);
  });

  it('show progress as it is reported; a report that repeats the one before is no event', async () => {
    await deployment.begin('counting');
    await deployment.step('counting', { tasks: [1] });
    const source = await open('counting');
    expect((await source.next())?.data).not.toHaveProperty('progress');
    await report('counting', { rows: 1 });
    expect(await source.next()).toMatchObject({ data: { progress: { rows: 1 } } });
    const read = jest.spyOn(StatusReader.prototype, 'read');
    const repeated = await report('counting', { rows: 1 });
    for (let seen = 0; seen < repeated; await turn())
      seen = (await read.mock.results.at(-1)?.value)?.version.progress ?? 0;
    await report('counting', { rows: 2 });
    expect(await source.next()).toMatchObject({ data: { progress: { rows: 2 } } });
    await deployment.step('counting', {});
    expect((await source.next())?.data).not.toHaveProperty('progress');
    source.abort();
  });

  it('are 404 as a problem for an instance that never was', async () => {
    const answer = await deployment.ask('never-was', {}, '/events');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('problem+json'),
    ]);
    expect(await answer.json()).toMatchObject({ detail: 'Job not found' });
  });

  it('are only announced to a HEAD, which leaves nothing behind', async () => {
    await deployment.begin('announced');
    const answer = await deployment.ask('announced', {}, '/events', 'HEAD');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(changes().watched).toBe(0);
  });

  it('end when the instance is purged', async () => {
    await deployment.begin('purged');
    const source = await open('purged');
    await source.next();
    await deployment.step('purged', { status: 'Completed', purged: true });
    expect((await source.rest()).map(({ type }) => type)).toEqual(['end']);
  });

  it('are freed at once when the client goes away', async () => {
    await deployment.begin('left');
    const source = await open('left');
    await source.next();
    expect(changes().watched).toBe(1);
    source.abort();
    await until(() => changes().watched === 0);
  });
});

describe('a client that comes back', () => {
  it('gets exactly what it missed, in order, and then what is new', async () => {
    await deployment.begin('resumed');
    await deployment.step('resumed', { customStatus: 'a' });
    const first = await open('resumed');
    const seen = await first.next();
    first.abort();
    for (const customStatus of ['a', 'b', 'b', 'c', 'a']) await deployment.step('resumed', { customStatus });
    const second = await open('resumed', seen?.id);
    const missed = [await second.next(), await second.next(), await second.next()];
    expect(missed.map((event) => event?.data['customStatus'])).toEqual(['b', 'c', 'a']);
    await deployment.step('resumed', { customStatus: 'd' });
    expect((await second.next())?.data['customStatus']).toBe('d');
    second.abort();

    const third = await open('resumed', missed[1]?.id);
    expect((await third.next())?.data['customStatus']).toBe('a');
    expect((await third.next())?.data['customStatus']).toBe('d');
    third.abort();
  });

  it('is sent nothing twice when it missed nothing', async () => {
    await deployment.begin('unmissed');
    await deployment.step('unmissed', { tasks: [1] });
    await report('unmissed', 1);
    const first = await open('unmissed');
    const seen = await first.next();
    first.abort();
    const second = await open('unmissed', seen?.id);
    await report('unmissed', 2);
    expect(await second.next()).toMatchObject({ data: { progress: 2 } });
    second.abort();
  });

  it('gets more steps than fit into one read', async () => {
    await deployment.begin('long');
    await deployment.step('long', { customStatus: 0 });
    const first = await open('long');
    const seen = await first.next();
    first.abort();
    const states = Array.from({ length: 100 }, (_, i) => i + 1);
    await Promise.all(states.map((customStatus) => deployment.step('long', { customStatus })));
    await deployment.step('long', { status: 'Completed', customStatus: 101 });
    const events = await (await open('long', seen?.id)).rest();
    expect(events.map(({ data }) => data['customStatus'])).toEqual([...states, 101, undefined]);
  });

  it('is told by 204 not to come again once it has seen the end', async () => {
    await deployment.begin('over');
    await deployment.step('over', { status: 'Failed' });
    const events = await (await open('over')).rest();
    expect(events.map(({ type }) => type)).toEqual(['message', 'end']);
    const again = await deployment.ask('over', { 'last-event-id': events[1]?.id ?? '' }, '/events');
    expect([again.status, await again.text()]).toEqual([204, '']);
    await deployment.step('over', { status: 'Running' });
    const rewound = await open('over', events[1]?.id);
    expect(await rewound.next()).toMatchObject({ data: { status: 'Running' } });
    rewound.abort();
  });

  it.each(['', 'x', '1', '7-0', '999999999-0-AAAAAAAA'])(
    'with an id that means nothing here gets the current state: %j',
    async (id) => {
      await deployment.begin(`strange-${id.length}`);
      const source = await open(`strange-${id.length}`, id);
      expect(await source.next()).toMatchObject({ data: { status: 'Pending' } });
      source.abort();
    },
  );
});

describe('a client that reads slowly', () => {
  /** How many pieces of text were made for the streams that are opened from now on. */
  function pieces(): { made: number } {
    const counter = { made: 0 };
    const open = EventStreams.prototype.open;
    jest.spyOn(EventStreams.prototype, 'open').mockImplementation(async function (
      this: EventStreams,
      ...args
    ) {
      const stream = await open.apply(this, args);
      if (typeof stream !== 'object') return stream;
      return (async function* () {
        for await (const text of stream) {
          counter.made++;
          yield text;
        }
      })();
    });
    return counter;
  }

  it('makes nothing pile up, and yet misses no state', async () => {
    const big = 'x'.repeat(100_000);
    const counter = pieces();
    const server = deployment.app.getHttpServer() as NodeJS.EventEmitter;
    const response = new Promise<ServerResponse>((resolve) => {
      server.once('request', (_: unknown, first: ServerResponse) => resolve(first));
    });
    await deployment.begin('slow');
    await deployment.step('slow', { customStatus: [0, big] });
    const source = await open('slow');
    await source.next();

    const states = Array.from({ length: 200 }, (_, i) => i + 1);
    for (const i of states) await deployment.step('slow', { customStatus: [i, big] });
    await deployment.step('slow', { status: 'Completed' });
    const { writableLength } = await response;
    await until(() => counter.made > 1);
    for (let i = 0; i < 50; i++) await deployment.ask('slow');
    expect(counter.made).toBeLessThan(150);
    expect(writableLength).toBeLessThan(500_000);

    const events = await source.rest();
    const numbers = events.map(({ data }) => (data['customStatus'] as [number] | null | undefined)?.[0]);
    expect(numbers).toEqual([...states, undefined, undefined]);
  });
});

describe('a stream in which nothing happens', () => {
  const streams = (times: { heartbeat: number; life: number }) => {
    const get = <T>(type: abstract new (...args: never[]) => T): T =>
      deployment.app.get<T>(type as never, { strict: false });
    return new EventStreams(get(StatusReader), get(Changes), get(ShardLogs), times);
  };

  it('sends comments, and ends after its life so that the client resumes', async () => {
    await deployment.begin('silent');
    const stream = await streams({ heartbeat: 20, life: 200 }).open(
      'silent',
      undefined,
      new AbortController().signal,
    );
    if (typeof stream !== 'object') throw new Error('There is no stream');
    const sent: string[] = [];
    for await (const text of stream) sent.push(text);
    expect(sent.slice(2).length).toBeGreaterThan(2);
    expect(new Set(sent.slice(2))).toEqual(new Set([':\n\n']));
    expect(changes().watched).toBe(0);
  });
});
