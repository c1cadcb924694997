/**
 * One instance in the hands of this coordinator. Inputs go in; steps, commands and
 * acknowledgements come out, one after the other.
 *
 * Invariants (8-hazards.md tells what breaks without them):
 * 1. Only `#run` changes state, and it runs once at a time: an instance is serial.
 * 2. R1: a step is stored with the previous step's sequence expected. Who loses drops what it
 *    remembers, reads the journal and applies its inputs again.
 * 3. R2: commands are published after their step is stored, never before.
 * 4. R3: an input is acknowledged when its step is stored and that step's commands are published.
 * 5. R4: nothing is dropped on the word of the cache: the leader is asked first.
 * 6. An input that decides nothing is held for a bounded time, never renewed; then a step lists it.
 */
import { InstanceSubjects } from '@countersign/contracts';
import {
  CodedError,
  Execution,
  toErrorData,
  type Command,
  type Decision,
  type Step,
} from '@countersign/workflow';
import { delay } from './delay';
import type { Journal, Loaded } from './journal';
import type { ParkedReason, ShardContext } from './options';
import type { Outbox } from './outbox';
import { Pending } from './pending';

/** What an instance asks of its shard. */
export interface Host {
  readonly context: ShardContext;
  readonly journal: Journal;
  readonly outbox: Outbox;
  /** It wants {@link Instance.tick}. */
  attend(instance: Instance): void;
  /** It has nothing in hand any more. */
  idle(instance: Instance): void;
  /** Stores the marker; resolves when the instance may let go of its inputs. */
  park(instance: Instance, why: ParkedReason): Promise<void>;
  /** The instance went on: a marker, if there is one, has had its time. */
  unpark(instance: Instance): Promise<void>;
  /** Inputs whose acknowledgement waits for their activities, in the whole shard. */
  watchdogBacklog: number;
}

const PAUSE = 100;

export class Instance {
  readonly subjects: InstanceSubjects;
  /** Not applied to the live execution. */
  #inbox: Pending[] = [];
  /** Applied, but no stored step lists them. */
  #applied: Pending[] = [];
  /** Their step is stored and published, but for the watchdog. */
  #unguarded: Pending[] = [];
  #execution: Execution | undefined;
  #lastStep = 0;
  /** The newest step that somebody is known to have stored. */
  #atLeast = 0;
  /** Due time of the stored watchdog. */
  #guardedUntil: number | undefined;
  #running = false;
  #heldSince: number | undefined;
  #unguardedSince: number | undefined;
  #flush = false;
  #recovers = false;
  /** Deliveries before this moment may have been decided by others meanwhile (a lost connection). */
  #suspectBefore = -Infinity;

  constructor(
    readonly id: string,
    private readonly host: Host,
  ) {
    this.subjects = new InstanceSubjects(host.context.shard, id);
  }

  get isIdle(): boolean {
    return !this.#running && this.#inbox.length + this.#applied.length + this.#unguarded.length === 0;
  }

  /** The pending input of a sequence, if it is in hand. */
  find(seq: number): Pending | undefined {
    const is = (pending: Pending): boolean => pending.seq === seq;
    return this.#inbox.find(is) ?? this.#applied.find(is) ?? this.#unguarded.find(is);
  }

  receive(pending: Pending): void {
    this.#inbox.push(pending);
    this.#start();
  }

  /** Called now and then while something is in hand. */
  tick(now: number): void {
    const { ackWait, watchdogDelay } = this.host.context.limits;
    if (this.#running) {
      const tooOld = now - ackWait / 2;
      for (const pending of [...this.#inbox, ...this.#applied])
        if (pending.renewedAt < tooOld) pending.renew(now);
      return;
    }
    const held = this.#heldSince !== undefined && now - this.#heldSince >= ackWait / 8;
    const unguarded = this.#unguardedSince !== undefined && now - this.#unguardedSince >= watchdogDelay;
    if (held || unguarded) this.flush();
  }

  /** Lets go of everything that is held, now. */
  flush(): void {
    this.#flush = true;
    this.#start();
  }

  /** Applies what is in the stream and in no step: the instance was parked, and may go on now. */
  recover(): void {
    this.#recovers = true;
    this.#start();
  }

  /** What was received before now may be decided by others: it is confirmed before it is published. */
  suspect(now: number): void {
    this.#suspectBefore = now;
  }

  /** The cache is a cache: forgets the live execution. */
  forget(): void {
    this.#execution = undefined;
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.host.attend(this);
    void this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#inbox.length > 0 || this.#flush || this.#recovers) {
        try {
          await this.#turn();
        } catch (error) {
          await this.#stumbled(error);
        }
      }
    } finally {
      this.#running = false;
      if (this.isIdle) this.host.idle(this);
    }
  }

  /** Where JetStream could not be asked, everything in hand is tried again from the journal. */
  async #stumbled(error: unknown): Promise<void> {
    const { message, retryable } = toErrorData(error);
    if (!(error instanceof CodedError && retryable)) return this.#park({ kind: 'faulty', message });
    this.#drop();
    const { report, clock } = this.host.context;
    report({ kind: 'retrying', id: this.id, reason: message });
    await delay(clock, PAUSE);
  }

  async #turn(): Promise<void> {
    if (this.#recovers) return this.#recover();
    if (this.#inbox.length + this.#applied.length + this.#unguarded.length === 0) {
      this.#flush = false;
      return;
    }
    const poison = this.#inbox.find(
      ({ deliveries }) => deliveries >= this.host.context.limits.poisonDeliveries,
    );
    if (poison !== undefined) {
      return this.#park({ kind: 'poisoned', seq: poison.seq, deliveries: poison.deliveries });
    }
    const execution = this.#execution ?? (await this.#load());
    if (execution === undefined) return;
    if (this.#inbox.some(({ seq }) => execution.has(seq))) return this.#repeat();
    if (execution.isTerminal && this.#inbox[0]?.input.body.type !== 'restart') return this.#refuse(execution);
    this.#apply(execution);
    const flush = this.#flush;
    this.#flush = false;
    if (this.#applied.length > 0) {
      if (execution.decidesNothing && !flush) return this.#hold();
      await this.#commit(execution);
    } else if (flush) await this.#guard(execution);
  }

  #apply(execution: Execution): void {
    for (let pending = this.#inbox.shift(); pending !== undefined; pending = this.#inbox.shift()) {
      this.#applied.push(pending);
      const { body } = pending.input;
      if (body.type === 'timer' && body.n === 'w') this.#guardedUntil = undefined;
      execution.apply(pending.input);
      if (execution.isTerminal) break;
    }
  }

  #hold(): void {
    this.#heldSince ??= this.host.context.clock.now();
  }

  // Loading

  async #load(): Promise<Execution | undefined> {
    const fresh = this.#freshStart();
    if (fresh !== undefined) return fresh;
    const { host } = this;
    const loaded = await host.journal.load(this.subjects, {
      needed: this.#inbox.map(({ seq }) => seq),
      atLeast: this.#atLeast,
      repeated: new Set(),
    });
    return this.#take(loaded);
  }

  /**
   * A start that nobody can have seen before needs no look at the journal: it is the first
   * message on its subject and was never delivered. Losing R1 tells where that was wrong.
   */
  #freshStart(): Execution | undefined {
    const first = this.#inbox[0];
    if (first?.input.body.type !== 'started' || !first.isFresh || this.#atLeast > 0) return undefined;
    const { workflow, version } = first.input.body;
    const { find } = this.host.context;
    if (find(workflow, version) === undefined) return undefined;
    this.#lastStep = 0;
    this.#guardedUntil = undefined;
    return (this.#execution = new Execution(this.id, find));
  }

  async #take(loaded: Loaded): Promise<Execution | undefined> {
    if (loaded.kind === 'standstill') {
      await this.#park(loaded.why);
      return undefined;
    }
    if (loaded.kind === 'ghost') {
      await this.#exorcise();
      return undefined;
    }
    if (loaded.lastStep === 0 && !(await this.#beginsWithStart(loaded))) return undefined;
    // What was purged from the stream meanwhile can be neither applied nor listed.
    const known = new Set(loaded.inputs.map(({ seq }) => seq));
    for (const pending of this.#inbox) if (!known.has(pending.seq)) pending.ack();
    this.#inbox = this.#inbox.filter(({ seq }) => known.has(seq));
    this.#execution = loaded.execution;
    this.#lastStep = loaded.lastStep;
    this.#guardedUntil = loaded.execution.earliestDeadline();
    return loaded.execution;
  }

  /** Before the first step: `started` comes first, what lies before it is deleted, its code must be here. */
  async #beginsWithStart({ inputs }: Loaded & { kind: 'ok' }): Promise<boolean> {
    const { clock, find } = this.host.context;
    const started = inputs.find(({ body }) => body.type === 'started')!;
    if (started.body.type !== 'started') return false;
    const { workflow, version } = started.body;
    if (find(workflow, version) === undefined) {
      await this.#park({ kind: 'unknown-workflow', workflow, version });
      return false;
    }
    await this.#delete(this.#inbox.filter(({ seq }) => seq < started.seq));
    const rest = this.#inbox.filter(({ seq }) => seq > started.seq);
    const first =
      this.#inbox.find(({ seq }) => seq === started.seq) ?? new Pending(started, undefined, clock.now());
    this.#inbox = [first, ...rest];
    return true;
  }

  /** Inputs without a `started` would block the id for ever: they are deleted (hazard 13). */
  async #exorcise(): Promise<void> {
    await this.#delete(this.#letGo());
  }

  async #delete(ghosts: readonly Pending[]): Promise<void> {
    if (ghosts.length === 0) return;
    const { log, report } = this.host.context;
    await Promise.all(ghosts.map(({ seq }) => log.delete(seq)));
    for (const ghost of ghosts) ghost.ack();
    report({ kind: 'ghost', id: this.id, seqs: ghosts.map(({ seq }) => seq) });
  }

  // Deciding

  async #commit(execution: Execution): Promise<void> {
    const decision = execution.take();
    const { step } = decision;
    const [canceled, ...purged] = this.#endedSchedules(execution, decision);
    const outcome = await this.host.context.log.publish({
      subject: this.subjects.step,
      body: JSON.stringify(step),
      expectedLast: this.#lastStep,
      ...(canceled === undefined ? {} : { cancelsSchedule: canceled }),
    });
    if (outcome.kind !== 'stored') return this.#lost(outcome.kind === 'conflict' ? outcome.last : undefined);
    const isFirst = this.#lastStep === 0;
    this.#lastStep = this.#atLeast = outcome.seq;
    this.#heldSince = undefined;
    if (!(await this.#isConfirmed(isFirst, step, outcome.seq))) return;
    await this.host.outbox.publish(this.subjects, decision, { purged, isOpen: () => true });
    await this.host.unpark(this);
    this.#settle(execution);
    if (this.host.context.limits.cachedInstances === 0) this.#drop();
  }

  /** Schedules that nobody needs any more: the step's own headers cancel the first, the others are purged. */
  #endedSchedules(execution: Execution, { step, withdrawn }: Decision): string[] {
    const ended = withdrawn
      .filter(({ kind }) => kind === 'timer')
      .map(({ n }) => this.subjects.timer(step.run, n));
    const watchdogEnded = this.#guardedUntil !== undefined && execution.earliestDeadline() === undefined;
    return watchdogEnded ? [...ended, this.subjects.timer(step.run, 'w')] : ended;
  }

  /**
   * A coordinator that stood still may have stored a step that nobody waits for any more, or have
   * been overtaken since: then it asks the leader before it lets the step's commands out.
   */
  async #isConfirmed(isFirst: boolean, step: Step, seq: number): Promise<boolean> {
    const { clock, limits, log } = this.host.context;
    const oldest = Math.min(...this.#applied.map(({ receivedAt }) => receivedAt));
    const stoodStill = clock.now() - oldest > limits.ackWait || oldest <= this.#suspectBefore;
    const redelivered = this.#applied.some(({ deliveries }) => deliveries > 1);
    if (isFirst && (stoodStill || redelivered)) {
      const first = await log.first(this.subjects.input);
      if (first === undefined || first.seq > step.run) {
        await log.delete(seq);
        for (const pending of this.#letGo()) pending.ack();
        return false;
      }
    }
    if (!stoodStill || (await this.host.journal.lastStep(this.subjects)) === seq) return true;
    this.#drop();
    return false;
  }

  async #lost(newest: number | undefined): Promise<void> {
    const { clock, report } = this.host.context;
    this.#drop();
    if (newest !== undefined) {
      this.#atLeast = newest;
      report({ kind: 'overtaken', id: this.id });
      return;
    }
    report({ kind: 'retrying', id: this.id, reason: 'not known whether the step is stored' });
    await delay(clock, PAUSE);
  }

  // Acknowledging

  /** Acknowledges what is done; with unguarded open activities only after their watchdog is stored. */
  #settle(execution: Execution): void {
    const done = this.#applied;
    this.#applied = [];
    const { clock, limits } = this.host.context;
    const deadline = execution.earliestDeadline();
    if (deadline === undefined) {
      this.#guardedUntil = undefined;
      this.#acknowledgeUnguarded();
    }
    if (deadline === undefined || (this.#guardedUntil !== undefined && this.#guardedUntil <= deadline)) {
      for (const pending of done) pending.ack();
      return;
    }
    this.#unguarded.push(...done);
    this.host.watchdogBacklog += done.length;
    this.#unguardedSince ??= clock.now();
    if (this.host.watchdogBacklog > limits.watchdogBacklog || limits.cachedInstances === 0)
      this.#flush = true;
  }

  /** Stores the watchdog of the open activities and acknowledges what waited for it. */
  async #guard(execution: Execution): Promise<void> {
    const deadline = execution.earliestDeadline();
    if (deadline !== undefined && (this.#guardedUntil === undefined || this.#guardedUntil > deadline)) {
      const { outbox } = this.host;
      await outbox.store(this.id, outbox.watchdog(this.subjects, execution.run, deadline));
      this.#guardedUntil = deadline;
    }
    this.#acknowledgeUnguarded();
  }

  #acknowledgeUnguarded(): void {
    this.host.watchdogBacklog -= this.#unguarded.length;
    for (const pending of this.#unguarded) pending.ack();
    this.#unguarded = [];
    this.#unguardedSince = undefined;
  }

  // Inputs that were there before

  /** Inputs that a step lists already: what they decided and is still open is published again (R3). */
  async #repeat(): Promise<void> {
    this.#drop();
    const inHand = this.#inbox.map(({ seq }) => seq);
    const loaded = await this.host.journal.load(this.subjects, {
      needed: inHand,
      atLeast: await this.host.journal.lastStep(this.subjects),
      repeated: new Set(inHand),
    });
    const execution = await this.#take(loaded);
    if (execution === undefined || loaded.kind !== 'ok') return;
    const listed = this.#inbox.filter(({ seq }) => execution.has(seq));
    this.#inbox = this.#inbox.filter(({ seq }) => !execution.has(seq));
    this.#applied = listed;
    for (const decision of new Set(loaded.decisions.values())) {
      const { step, withdrawn } = decision;
      const isOpen = ({ kind, n }: Command): boolean =>
        kind === 'signal' || (step.run === execution.run && execution.isOpen(n));
      const purged = withdrawn
        .filter(({ kind }) => kind === 'timer')
        .map(({ n }) => this.subjects.timer(step.run, n));
      await this.host.outbox.publish(this.subjects, decision, { purged, isOpen });
    }
    this.#guardedUntil = undefined;
    await this.#guard(execution);
    await this.host.unpark(this);
    this.#settle(execution);
  }

  /** Inputs for an instance that has ended: the leader confirms that it has, then they are let go. */
  async #refuse(execution: Execution): Promise<void> {
    const { context, journal, outbox } = this.host;
    this.#flush = false;
    this.#acknowledgeUnguarded();
    if (this.#inbox.length === 0) return;
    const newest = await journal.lastStep(this.subjects);
    if (newest !== this.#lastStep) return this.#lost(newest);
    if (this.#inbox.some(({ input }) => input.body.type === 'purge')) return this.#purge();
    const restart = this.#inbox.findIndex(({ input }) => input.body.type === 'restart');
    const late = this.#inbox.splice(0, restart < 0 ? this.#inbox.length : restart);
    for (const { input } of late) execution.apply(input);
    const { replies, step } = execution.take();
    await outbox.publish(
      this.subjects,
      { step, replies, commands: [], withdrawn: [] },
      { purged: [], isOpen: () => false },
    );
    for (const pending of late) pending.ack();
    context.report({ kind: 'late', id: this.id, count: late.length });
  }

  async #purge(): Promise<void> {
    await this.host.outbox.purge(this.id, this.subjects.all);
    for (const pending of this.#letGo()) pending.ack();
    this.#atLeast = 0;
    this.host.context.report({ kind: 'purged', id: this.id });
  }

  // A parked instance

  async #recover(): Promise<void> {
    this.#drop();
    const { clock } = this.host.context;
    const atLeast = await this.host.journal.lastStep(this.subjects);
    const loaded = await this.host.journal.load(this.subjects, { needed: [], atLeast, repeated: new Set() });
    this.#recovers = false;
    if (loaded.kind !== 'ok') return void (await this.#take(loaded));
    const inHand = new Set(this.#inbox.map(({ seq }) => seq));
    const unlisted = loaded.inputs.filter(({ seq }) => !loaded.execution.has(seq) && !inHand.has(seq));
    const recovered = unlisted.map((input) => new Pending(input, undefined, clock.now()));
    this.#inbox = [...this.#inbox, ...recovered].sort((a, b) => a.seq - b.seq);
    if ((await this.#take(loaded)) === undefined) return;
    if (this.#inbox.length === 0 || loaded.execution.isTerminal) await this.host.unpark(this);
  }

  // Forgetting

  async #park(why: ParkedReason): Promise<void> {
    await this.host.park(this, why);
    for (const pending of this.#letGo()) pending.ack();
  }

  /** Takes everything out of hand and forgets the execution. */
  #letGo(): Pending[] {
    this.#drop();
    const all = this.#inbox;
    this.#inbox = [];
    this.#flush = false;
    return all;
  }

  /** Forgets the execution; what is in hand is to be applied again. */
  #drop(): void {
    this.host.watchdogBacklog -= this.#unguarded.length;
    this.#inbox = [...this.#unguarded, ...this.#applied, ...this.#inbox];
    this.#applied = [];
    this.#unguarded = [];
    this.#execution = undefined;
    this.#guardedUntil = undefined;
    this.#heldSince = undefined;
    this.#unguardedSince = undefined;
  }
}
