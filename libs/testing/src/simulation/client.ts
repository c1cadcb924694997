import { type Clock, CodedError } from '@countersign/workflow';
import type { ModelJetStream } from './jetstream';
import { ModelLog } from './log';

interface Request<T> {
  readonly label: string;
  /** What the broker does. */
  readonly effect: () => T;
  readonly answered: (result: T) => void;
  /** The sender does not learn whether it took effect. */
  readonly failed: (why: string) => void;
}

const DELAY_MS = 50;
const STALL_MS = 30_000;
/** How long a sender waits for an answer. */
const TIMEOUT_MS = 5_000;

/**
 * One simulated process: everything of it that a crash ends and a stall holds up, namely its
 * clock, what it has asked of the broker, and what is delivered to it.
 *
 * Requests of one client may overtake each other.
 */
export class ModelClient {
  /** Dies with the client. */
  readonly clock: Clock;
  private alive = true;
  private resumesAt = 0;
  private readonly logs = new Map<number, ModelLog>();
  /** What is on its way to the broker. */
  private readonly underWay = new Set<() => void>();
  private readonly absences = new Set<(ms: number) => void>();

  constructor(
    readonly name: string,
    readonly broker: ModelJetStream,
  ) {
    const { clock } = broker.scheduler;
    this.clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (ms, callback) => this.after(ms, callback),
    };
  }

  get crashed(): boolean {
    return !this.alive;
  }

  log(shard = 0): ModelLog {
    let log = this.logs.get(shard);
    if (log === undefined) this.logs.set(shard, (log = new ModelLog(this, shard)));
    return log;
  }

  /**
   * kill -9. Each message on its way to the broker takes effect now or never, as the seed decides.
   * After that nothing that the code does has an effect, and nothing enters it: no answer, no
   * delivery, no timer.
   */
  crash(): void {
    if (this.crashed) return;
    const { random } = this.broker.scheduler;
    const reaching = random.shuffled(this.underWay).filter(() => random.chance(0.5));
    this.alive = false;
    this.underWay.clear();
    if (this.broker.downFor === 0) for (const effect of reaching) effect();
    for (const absent of this.absences) absent(Infinity);
  }

  /** Nothing enters the code for so long (a long garbage collection, a stopped container); then everything does. */
  stall(ms: number): void {
    this.resumesAt = Math.max(this.resumesAt, this.broker.scheduler.clock.now() + ms);
    for (const absent of this.absences) absent(this.stalledFor);
  }

  get stalledFor(): number {
    const left = this.resumesAt - this.broker.scheduler.clock.now();
    return left > 0 ? left : 0;
  }

  /** Calls back with how long it will be, whenever the client goes away. */
  onAbsence(listener: (ms: number) => void): () => void {
    this.absences.add(listener);
    return () => this.absences.delete(listener);
  }

  /** Runs the callback as an event of this process. */
  enter(label: string, callback: () => void, delayMs = 0): void {
    this.broker.scheduler.add(
      label,
      () => {
        if (this.crashed) return false;
        const wait = this.stalledFor;
        if (wait > 0) this.enter(label, callback, wait);
        else callback();
        return wait === 0;
      },
      delayMs,
    );
  }

  /** Sends to the broker without an answer. */
  send(label: string, effect: () => void): void {
    const { faults, scheduler } = this.broker;
    if (this.crashed || scheduler.random.chance(faults.lostAck)) return;
    this.reach(label, this.latency(), { effect, lost: () => undefined });
  }

  /** Asks the broker. Exactly one of `answered` and `failed` is called, or none after a crash. */
  request<T>({ label, effect, answered, failed }: Request<T>): void {
    if (this.crashed) return;
    const { faults, scheduler } = this.broker;
    const { random } = scheduler;
    const [there, back] = [this.latency(), this.latency()];
    let told = false;
    const tell = (what: string, callback: () => void, delayMs: number) => {
      if (told) return;
      told = true;
      this.enter(`${this.name} < ${what} ${label}`, callback, delayMs);
    };
    const fail = (why: string, delayMs = 0) => tell('failed', () => failed(why), delayMs);

    const lost = random.chance(faults.lost);
    const tooLate = there + back > TIMEOUT_MS;
    if (lost || random.chance(faults.unanswered))
      fail('the connection was lost', random.pick([0, this.latency(), TIMEOUT_MS]));
    else if (tooLate) fail(`no answer within ${TIMEOUT_MS} ms`, TIMEOUT_MS);
    if (lost) return;
    this.reach(`${this.name} > ${label}`, there, {
      effect: () => {
        const result = effect();
        const { generation } = this.broker;
        tell(
          'answer',
          () => (this.cutOff(generation) ? failed('the connection was lost') : answered(result)),
          back,
        );
      },
      lost: () => fail('the connection was lost'),
    });
  }

  /** The same as a promise. @throws CodedError `StorageUnavailable` when there is no answer. */
  ask<T>(label: string, effect: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const failed = (why: string) =>
        reject(new CodedError('StorageUnavailable', `${label}: ${why}`, { retryable: true }));
      this.request({ label, effect, answered: resolve, failed });
    });
  }

  /** Time that a message takes, in milliseconds. */
  latency(): number {
    const { faults, scheduler } = this.broker;
    if (scheduler.random.chance(faults.stall)) return scheduler.random.between(0, STALL_MS);
    return scheduler.random.chance(faults.delay) ? scheduler.random.between(1, DELAY_MS) : 0;
  }

  private after(ms: number, callback: () => void): () => void {
    if (this.crashed) return () => undefined;
    let canceled = false;
    const ring = () => this.enter(`${this.name} timer`, () => canceled || callback());
    const cancel = this.broker.scheduler.clock.after(ms, ring);
    return () => {
      canceled = true;
      cancel();
    };
  }

  private reach(
    label: string,
    delayMs: number,
    { effect, lost }: { effect: () => void; lost: () => void },
  ): void {
    const { generation, scheduler } = this.broker;
    this.underWay.add(effect);
    const arrive = (): boolean => {
      if (!this.underWay.has(effect)) return false;
      if (this.cutOff(generation)) {
        this.underWay.delete(effect);
        lost();
      } else if (this.broker.downFor > 0) {
        scheduler.add(label, arrive, this.broker.downFor);
      } else {
        this.underWay.delete(effect);
        effect();
      }
      return false;
    };
    scheduler.add(label, arrive, delayMs);
  }

  /** Whether a message that set out in that generation of the broker was lost in a restart since. */
  private cutOff(generation: number): boolean {
    return generation !== this.broker.generation && this.broker.scheduler.random.chance(0.5);
  }
}
