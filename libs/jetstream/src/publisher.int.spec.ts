import { InstanceSubjects } from '@countersign/contracts';
import { startNatsServer, type NatsServer } from '@countersign/testing';
import type { OutgoingMessage, PublishOutcome } from '@countersign/workflow';
import { JetStreamConnection } from './connection';
import { PipelinedPublisher } from './publisher';
import { ensureTopology } from './topology';

describe('PipelinedPublisher', () => {
  let server: NatsServer;
  let connection: JetStreamConnection;
  let publisher: PipelinedPublisher;
  const open: PipelinedPublisher[] = [];

  beforeAll(async () => {
    server = await startNatsServer();
    connection = await JetStreamConnection.open({ servers: server.url, name: 'spec' });
    await ensureTopology(connection, { shards: 1, durability: 'single', queues: [] });
    publisher = withOptions({});
  });
  afterAll(async () => {
    for (const it of open) it.close();
    await connection.close();
    await server.stop();
  });

  const withOptions = (options: ConstructorParameters<typeof PipelinedPublisher>[1]) => {
    const made = new PipelinedPublisher(connection, options);
    open.push(made);
    return made;
  };
  let count = 0;
  const message = (over: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
    subject: new InstanceSubjects(0, `i${++count}`).input,
    body: '{}',
    ...over,
  });
  const seqOf = (outcome: PublishOutcome) => ('seq' in outcome ? outcome.seq : -1);

  it('tells stored, duplicate and conflict apart', async () => {
    const first = message({ msgId: 'm', expectedLast: 0 });
    const stored = await publisher.publish(first);
    expect(stored).toEqual({ kind: 'stored', seq: expect.any(Number) });
    const seq = seqOf(stored);
    expect(await publisher.publish({ ...first, expectedLast: undefined })).toEqual({
      kind: 'duplicate',
      seq,
    });
    expect(await publisher.publish({ ...first, msgId: undefined })).toEqual({ kind: 'conflict', last: seq });
    expect(await publisher.publish({ ...first, expectedLast: seq, msgId: 'n' })).toMatchObject({
      kind: 'stored',
    });
  });

  it('names sequence 0 in a conflict with an empty subject', async () => {
    expect(await publisher.publish(message({ expectedLast: 5 }))).toEqual({ kind: 'conflict', last: 0 });
  });

  it('hazard 9: anything but error 10071 is unknown, with the reason', async () => {
    const { subject } = message();
    await connection.nc.flush();
    const answers = [
      { err_code: 10164, description: 'wrong last sequence: 7' },
      { err_code: 10158, description: 'expected last sequence is in process' },
      { err_code: 10071, description: 'wrong last sequence' },
    ];
    const outcomes = [];
    for (const error of answers) outcomes.push(await answeredBy(JSON.stringify({ error, seq: 0 }), subject));
    expect(outcomes).toEqual([
      { kind: 'unknown', reason: 'wrong last sequence: 7 (10164)' },
      { kind: 'unknown', reason: 'expected last sequence is in process (10158)' },
      { kind: 'unknown', reason: 'wrong last sequence (10071)' },
    ]);
  });

  /** What a publish comes to when somebody outside JetStream answers it. */
  const answeredBy = async (answer: string, subject: string): Promise<PublishOutcome> => {
    const outside = `outside.${subject}`;
    const responder = connection.nc.subscribe(outside, {
      callback: (_, request) => void request.respond(answer),
      max: 1,
    });
    const outcome = await publisher.publish({ subject: outside, body: '' });
    responder.unsubscribe();
    return outcome;
  };

  it('does not know what became of a message that no stream takes', async () => {
    expect(await publisher.publish(message({ subject: 'nobody.listens' }))).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('503'),
    });
  });

  it('hazard 16: does not throw for a message that the server would refuse', async () => {
    const outcome = await publisher.publish(message({ body: 'x'.repeat(2_000_000) }));
    expect(outcome).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('max_payload') });
    expect(await publisher.publish(message())).toMatchObject({ kind: 'stored' });
  });

  it('has no more in flight than its window, and stores everything in order', async () => {
    const narrow = withOptions({ window: 3 });
    const sent: number[] = [];
    const send = jest.spyOn(connection.outbound, 'send').mockImplementation(function (
      this: unknown,
      outgoing,
    ) {
      sent.push(1);
      return Object.getPrototypeOf(connection.outbound).send.call(connection.outbound, outgoing);
    });
    const outcomes = Array.from({ length: 50 }, () => narrow.publish(message()));
    expect(sent).toHaveLength(3);
    const seqs = (await Promise.all(outcomes)).map(seqOf);
    send.mockRestore();
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    expect(new Set(seqs).size).toBe(50);
    await narrow.flushed();
  });

  it('gives a message up after the time-out, and the slot with it', async () => {
    const hasty = withOptions({ window: 1, timeout: 100 });
    const silent = connection.nc.subscribe('silent', { callback: () => undefined });
    const outcomes = await Promise.all([
      hasty.publish({ subject: 'silent', body: '' }),
      hasty.publish(message()),
    ]);
    silent.unsubscribe();
    expect(outcomes).toEqual([
      { kind: 'unknown', reason: 'no acknowledgement within 100 ms' },
      { kind: 'stored', seq: expect.any(Number) },
    ]);
  });

  it('settles what is in flight at once when the connection is lost, and sends what waits after it is back', async () => {
    const narrow = withOptions({ window: 1, timeout: 60_000 });
    const silent = connection.nc.subscribe('silent', { callback: () => undefined });
    const inFlight = narrow.publish({ subject: 'silent', body: '' });
    const waiting = narrow.publish(message());
    await connection.nc.flush();
    await server.kill();
    expect(await inFlight).toEqual({ kind: 'unknown', reason: 'the connection was lost' });
    const later = narrow.publish(message());
    await server.restart();
    expect([await waiting, await later]).toMatchObject([{ kind: 'stored' }, { kind: 'stored' }]);
    silent.unsubscribe();
  });

  it('gives up waiting for a connection after the time-out', async () => {
    const hasty = withOptions({ timeout: 200 });
    const down = new Promise<void>((resolve) => connection.onDisconnect(resolve));
    await server.kill();
    await down;
    expect(await hasty.publish(message())).toEqual({
      kind: 'unknown',
      reason: 'no connection within 200 ms',
    });
    await server.restart();
  });

  it('stores nothing after it was closed', async () => {
    const closed = withOptions({});
    closed.close();
    expect(await closed.publish(message())).toEqual({ kind: 'unknown', reason: 'the publisher was closed' });
  });
});
