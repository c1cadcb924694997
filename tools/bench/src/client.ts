/** The load generator. */
import './collect';
import './in-a-trace';
import { randomUUID } from 'node:crypto';
import { JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { config } from './config';
import { Generator } from './generator';
import type { LoadCommand, Load } from './protocol';
import { consumeRaw, RawPublisher, TASKS } from './raw';
import { takeCommands } from './take-commands';
import { measured, pause, Window } from './window';

type Of<K extends LoadCommand['kind']> = Extract<LoadCommand, { kind: K }>;

/** Arrivals of an open load come in groups, this many milliseconds apart. */
const BEAT = 5;

const connection = await JetStreamConnection.open({ servers: config.natsUrl, name: 'bench-client' });
const logs = new ShardLogs(connection, config.shards);

async function raw({ inFlight, ...times }: Of<'raw'>): Promise<Load> {
  const window = new Window();
  const publisher = new RawPublisher(connection);
  const started = new Map<string, number>();
  const run = randomUUID();
  let count = 0;
  let stopped = false;
  const send = (): void => {
    const subject = `${run}-${++count}`;
    started.set(subject, performance.now());
    publisher.publish(`${TASKS}.${subject}`, `{"order":"${subject}","step":1}`);
  };
  const results = await consumeRaw(connection, 'results', ({ subject }) => {
    const id = subject.slice(subject.lastIndexOf('.') + 1);
    const at = started.get(id);
    if (at === undefined || !started.delete(id)) return;
    window.completed(at);
    if (!stopped) send();
  });
  for (let i = 0; i < inFlight; i++) send();
  await measured(window, times);
  stopped = true;
  while (started.size > 0 || publisher.unacknowledged > 0) await pause(10);
  results.stop();
  return window.load();
}

async function closed({ workload, inFlight, ...times }: Of<'closed'>): Promise<Load> {
  const window = new Window();
  const generator = new Generator(connection, logs, workload);
  let stopped = false;
  generator.onWaiting = (id) => void generator.release(id);
  generator.onCompleted = (started) => {
    window.completed(started);
    if (!stopped) generator.start();
  };
  await generator.watch(inFlight === 1 ? 'stored' : 'published');
  for (let i = 0; i < inFlight; i++) generator.start();
  await measured(window, times);
  stopped = true;
  await generator.drained();
  return window.load();
}

async function open({ workload, rate, ...times }: Of<'open'>): Promise<Load> {
  const window = new Window();
  const generator = new Generator(connection, logs, workload);
  generator.onWaiting = (id) => void generator.release(id);
  generator.onCompleted = (started) => window.completed(started);
  await generator.watch('stored');
  const begun = performance.now();
  let sent = 0;
  const beat = setInterval(() => {
    for (const due = ((performance.now() - begun) / 1000) * rate; sent < due; sent++) generator.start();
  }, BEAT);
  await measured(window, times);
  clearInterval(beat);
  await generator.drained();
  return window.load();
}

let parked: Generator | undefined;
const waiting: string[] = [];

async function park({ count, inFlight }: Of<'park'>): Promise<Load> {
  waiting.length = 0;
  const window = new Window();
  const generator = (parked = new Generator(connection, logs, 'W4'));
  await generator.watch('published');
  window.open();
  const begun = performance.now();
  await new Promise<void>((resolve) => {
    generator.onWaiting = (id) => {
      window.completed(begun);
      waiting.push(id);
      if (waiting.length === count) resolve();
      else if (generator.running < count) generator.start();
    };
    for (let i = 0; i < Math.min(inFlight, count); i++) generator.start();
  });
  window.close();
  return window.load();
}

/** An instance that waited takes its event and completes; a new one starts and waits. */
async function recover(): Promise<Load> {
  const generator = parked;
  const [id] = waiting;
  if (generator === undefined || id === undefined) throw new Error('Nothing waits');
  const window = new Window();
  window.open();
  const begun = performance.now();
  const both = Promise.all([
    new Promise<void>((resolve) => (generator.onCompleted = () => resolve())),
    new Promise<void>((resolve) => (generator.onWaiting = () => resolve())),
  ]);
  await generator.release(id);
  generator.start();
  await both;
  window.completed(begun);
  window.close();
  return window.load();
}

function run(command: LoadCommand): Promise<Load> {
  switch (command.kind) {
    case 'raw':
      return raw(command);
    case 'closed':
      return closed(command);
    case 'open':
      return open(command);
    case 'park':
      return park(command);
    case 'recover':
      return recover();
  }
}

takeCommands(run, async () => {
  logs.close();
  await connection.close();
});
