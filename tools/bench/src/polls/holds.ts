import type { ShardLogs } from '@countersign/jetstream';
import type { Load, PollCommand, Polling } from '../protocol';
import { measured, pause, Window } from '../window';
import { type Poller, pollersOf } from './poller';
import { changeOf, waiting } from './population';
import { etagIn, readAll, statusPath } from './storm';

type Hold = Extract<PollCommand, { kind: 'hold' }>;
type Burst = Extract<PollCommand, { kind: 'burst' }>;

/** Longest hold that status-api grants, in seconds. */
const WAIT = 60;

/** The last step number of an instance in this process; those that were stored before are below. */
let lastStep = 1_000_000;

/** Long polls, each of an instance of its own, and the changes that end them. */
class Holds {
  /** When the change was published that a poller is to be told of, by instance number. */
  private readonly changed = new Map<number, number>();
  private readonly numbers: readonly number[];
  private readonly held: Promise<unknown>;
  private stopped = false;
  private next = 0;
  private fail: (error: unknown) => void = () => undefined;
  readonly failed = new Promise<never>((_, reject) => (this.fail = reject));
  onTold: (changedAt: number) => void = () => undefined;

  constructor(
    private readonly logs: ShardLogs,
    { api, pollers: count, instances }: Polling,
    etags: readonly string[],
  ) {
    this.numbers = waiting(instances).slice(0, count);
    const pollers = pollersOf(api.url, count);
    this.held = Promise.all(
      this.numbers.map((n, at) => this.hold(pollers[at]!, n, etags[n] ?? '').catch(this.fail)),
    );
  }

  get count(): number {
    return this.numbers.length;
  }

  /** One more instance changes; one whose last change was not told yet is passed over. */
  change(): void {
    const n = this.numbers[this.next++ % this.numbers.length]!;
    if (this.changed.has(n)) return;
    this.changed.set(n, performance.now());
    this.publish(n);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const n of this.numbers) this.publish(n);
    await Promise.race([this.held, this.failed]);
  }

  private async hold(poller: Poller, n: number, known: string): Promise<void> {
    let etag = known;
    while (!this.stopped) {
      const answer = await poller.get(`${statusPath(n)}?wait=${WAIT}`, { 'if-none-match': etag });
      if (answer.status === 304) continue;
      if (answer.status !== 202) throw new Error(`A long poll was answered ${answer.status}: ${answer.body}`);
      etag = etagIn(answer);
      const changedAt = this.changed.get(n);
      if (changedAt === undefined) continue;
      this.changed.delete(n);
      this.onTold(changedAt);
    }
  }

  private publish(n: number): void {
    const { subject, body } = changeOf(n, ++lastStep);
    this.logs
      .at(0)
      .publish({ subject, body })
      .then(({ kind }) => {
        if (kind !== 'stored') this.fail(new Error(`A change was not stored: ${kind}`));
      }, this.fail);
  }
}

async function held(logs: ShardLogs, command: Hold | Burst): Promise<Holds> {
  const holds = new Holds(logs, command, await readAll(command));
  await Promise.race([pause(command.warmUp * 1000), holds.failed]);
  return holds;
}

export async function hold(logs: ShardLogs, command: Hold): Promise<Load> {
  const holds = await held(logs, command);
  const window = new Window();
  holds.onTold = (changedAt) => window.completed(changedAt);
  const begun = performance.now();
  let changes = 0;
  const beat = setInterval(() => {
    for (const due = ((performance.now() - begun) / 1000) * command.rate; changes < due; changes++)
      holds.change();
  }, 1);
  await Promise.race([measured(window, command), holds.failed]);
  clearInterval(beat);
  await holds.stop();
  return window.load();
}

export async function burst(logs: ShardLogs, command: Burst): Promise<Load> {
  const holds = await held(logs, command);
  const window = new Window();
  window.open();
  let told = 0;
  const all = new Promise<void>((resolve) => {
    holds.onTold = (changedAt) => {
      window.completed(changedAt);
      if (++told === holds.count) resolve();
    };
  });
  for (let at = 0; at < holds.count; at++) holds.change();
  await Promise.race([all, holds.failed]);
  window.close();
  await holds.stop();
  return window.load();
}
