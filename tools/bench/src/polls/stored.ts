/** What the polled instances are in JetStream: stored, and read in the cheapest way that there is. */
import { stepFilter, streamName } from '@countersign/contracts';
import type { JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { createInbox, nanos } from '@nats-io/transport-node';
import type { Load, PollCommand } from '../protocol';
import { measured, pause, Window } from '../window';
import { messagesOf, subjectsOf } from './population';

type Of<K extends PollCommand['kind']> = Extract<PollCommand, { kind: K }>;

/** Messages whose acknowledgements are waited for together. */
const TOGETHER = 5_000;
const PREFETCH = 2_000;
const INACTIVE = 5_000;

export async function fill(logs: ShardLogs, { instances, steps }: Of<'fill'>): Promise<Load> {
  const window = new Window();
  window.open();
  const begun = performance.now();
  let outcomes: ReturnType<ShardLogs['publisher']['publish']>[] = [];
  const acknowledged = async () => {
    for (const { kind } of await Promise.all(outcomes))
      if (kind !== 'stored') throw new Error(`An instance was not stored: ${kind}`);
    outcomes = [];
  };
  for (let n = 0; n < instances; n++) {
    for (const message of messagesOf(n, steps, instances)) outcomes.push(logs.at(0).publish(message));
    if (outcomes.length >= TOGETHER) await acknowledged();
    window.completed(begun);
  }
  await acknowledged();
  window.close();
  return window.load();
}

/** Direct gets without anything around them: one inbox, a callback, nothing parsed. */
export async function gets(
  { nc }: JetStreamConnection,
  { inFlight, instances, ...times }: Of<'gets'>,
): Promise<Load> {
  const window = new Window();
  const inbox = createInbox();
  const started = new Map<string, number>();
  let stopped = false;
  let count = 0;
  const send = (): void => {
    const reply = `${inbox}.${++count}`;
    const { step } = subjectsOf(Math.floor(Math.random() * instances));
    started.set(reply, performance.now());
    nc.publish(`$JS.API.DIRECT.GET.${streamName(0)}.${step}`, '', { reply });
  };
  const answers = nc.subscribe(`${inbox}.*`, {
    callback: (_, { subject }) => {
      const at = started.get(subject);
      if (at === undefined || !started.delete(subject)) return;
      window.completed(at);
      if (!stopped) send();
    },
  });
  for (let i = 0; i < inFlight; i++) send();
  await measured(window, times);
  stopped = true;
  while (started.size > 0) await pause(10);
  answers.unsubscribe();
  return window.load();
}

/** The newest step of every instance, consumed and not looked at. */
export async function drain({ js, jsm }: JetStreamConnection, { instances }: Of<'drain'>): Promise<Load> {
  const window = new Window();
  window.open();
  const begun = performance.now();
  const { name } = await jsm.consumers.add(streamName(0), {
    filter_subject: stepFilter(0),
    deliver_policy: DeliverPolicy.LastPerSubject,
    ack_policy: AckPolicy.None,
    mem_storage: true,
    inactive_threshold: nanos(INACTIVE),
  });
  const consumer = await js.consumers.get(streamName(0), name);
  await new Promise<void>((resolve, reject) => {
    let left = instances;
    consumer
      .consume({
        max_messages: PREFETCH,
        callback: () => {
          window.completed(begun);
          if (--left === 0) resolve();
        },
      })
      .catch(reject);
  });
  window.close();
  await consumer.delete();
  return window.load();
}
