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
 *
 * One file although it is long: every method keeps all of these, and is read against the others.
 */
import { InstanceSubjects } from '@countersign/contracts';
import {
  CodedError,
  Execution,
  opensAgain,
  toErrorData,
  TRAIL,
  type Command,
  type Decision,
  type Input,
  type Step,
} from '@countersign/workflow';
import type { Compaction } from './compaction';
import { delay } from './delay';
import type { ForcedEnd } from './forced-end';
import { Guard, type GuardHost } from './guard';
import { toInput, type Journal, type Loaded } from './journal';
import type { ParkedReason } from './options';
import { Pending } from './pending';
import { StepTrace } from './step-trace';

/** What an instance asks of its shard. */
export interface Host extends GuardHost {
  readonly journal: Journal;
  readonly compaction: Compaction;
  readonly forcedEnd: ForcedEnd;
  /** Whether its marker is there. */
  isParked(instance: Instance): boolean;
  /** It wants {@link Instance.tick}. */
  attend(instance: Instance): void;
  /** It has nothing in hand any more. */
  idle(instance: Instance): void;
  /** Stores the marker; resolves when the instance may let go of its inputs. */
  park(instance: Instance, why: ParkedReason): Promise<void>;
  /** The instance went on: a marker, if there is one, has had its time. */
  unpark(instance: Instance): Promise<void>;
}

const PAUSE = 100;

export class Instance {
  readonly subjects: InstanceSubjects;
  /** Not applied to the live execution. */
  #inbox: Pending[] = [];
  /** Applied, but no stored step lists them. */
  #applied: Pending[] = [];
  readonly #guard: Guard;
  /** Clock time of the newest look for what is not needed any more. */
  #compactedAt = -Infinity;
  #execution: Execution | undefined;
  #lastStep = 0;
  /** The newest steps, as the next one names them. */
  #trail: readonly number[] = [];
  /** The newest step that somebody is known to have stored. */
  #atLeast = 0;
  /** Sequence of `started`: what is older was meant for an instance that was purged. */
  #origin = 0;
  #running = false;
  #heldSince: number | undefined;
  #flush = false;
  #recovers = false;
  /** The code failed in a way that it does not know, or there is none. */
  #fault: ParkedReason | undefined;
  /** Deliveries before this moment may have been decided by others meanwhile (a lost connection). */
  #suspectBefore = -Infinity;

  constructor(
    readonly id: string,
    private readonly host: Host,
  ) {
    this.subjects = new InstanceSubjects(host.context.shard, id);
    this.#guard = new Guard(this.subjects, host);
  }

  get isIdle(): boolean {
    return !this.#running && this.#isEmpty;
  }

  /** As far as it is known here. */
  get hasEnded(): boolean {
    return this.#execution?.isTerminal ?? false;
  }

  /** What it belongs to, as far as it is known here (a `traceparent`). */
  get trace(): string | undefined {
    return this.#execution?.trace;
  }

  /** The pending input of a sequence, if it is in hand. */
  find(seq: number): Pending | undefined {
    const is = (pending: Pending): boolean => pending.seq === seq;
    return this.#inbox.find(is) ?? this.#applied.find(is) ?? this.#guard.waiting.find(is);
  }

  receive(pending: Pending): void {
    this.#inbox.push(pending);
    this.#start();
  }

  /** Called now and then while something is in hand. */
  tick(now: number): void {
    const { ackWait } = this.host.context.limits;
    if (this.#running) {
      const tooOld = now - ackWait / 2;
      for (const pending of [...this.#inbox, ...this.#applied])
        if (pending.renewedAt < tooOld) pending.renew(now);
      return;
    }
    const held = this.#heldSince !== undefined && now - this.#heldSince >= ackWait / 8;
    if (held || this.#guard.isDue(now)) this.flush();
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

  get #isEmpty(): boolean {
    return this.#inbox.length + this.#applied.length + this.#guard.waiting.length === 0;
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.host.attend(this);
    void this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#inbox.length > 0 || this.#flush || this.#recovers || this.#fault !== undefined) {
        try {
          await this.#turn();
        } catch (error) {
          await this.#stumbled(error);
        }
      }
    } finally {
      this.#running = false;
      this.#execution?.forget();
      if (this.isIdle) this.host.idle(this);
    }
  }

  /** Where JetStream could not be asked, everything in hand is tried again from the journal. */
  async #stumbled(error: unknown): Promise<void> {
    const { message, retryable } = toErrorData(error);
    if (!(error instanceof CodedError && retryable)) this.#fault = faultOf(error);
    this.#drop();
    const { report, clock } = this.host.context;
    report({ kind: 'retrying', id: this.id, reason: message });
    await delay(clock, PAUSE);
  }

  async #turn(): Promise<void> {
    if (this.#fault !== undefined) return this.#park(this.#fault);
    if (this.#recovers) return this.#recover();
    if (this.#isEmpty) {
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
    const ghosts = this.#takeOut(({ seq }) => seq < this.#origin);
    if (ghosts.length > 0) {
      return this.#delete(
        ghosts.map(({ seq }) => seq),
        ghosts,
      );
    }
    if (execution.isPurged) return this.#purge();
    if (this.#inbox.some(({ seq }) => execution.has(seq))) return this.#repeat();
    if (execution.isTerminal && !this.#opensAgain(this.#inbox[0])) return this.#refuse();
    // A rewind needs the whole journal, of which a live execution keeps nothing.
    if (this.#inbox.some(({ input }) => execution.needsHistory(input.body))) return this.#drop();
    this.#apply(execution);
    const flush = this.#flush;
    this.#flush = false;
    if (this.#applied.length > 0) {
      if (execution.decidesNothing && !flush) return this.#hold();
      await this.#commit(execution);
    } else if (flush) await this.#guard.store(execution);
  }

  #apply(execution: Execution): void {
    for (let pending = this.#inbox.shift(); pending !== undefined; pending = this.#inbox.shift()) {
      this.#applied.push(pending);
      const { body } = pending.input;
      if (body.type === 'timer' && body.n === 'w') this.#guard.expire();
      execution.apply(pending.input);
      if (execution.mustBeTaken) break;
    }
    execution.forget();
  }

  #hold(): void {
    this.#heldSince ??= this.host.context.clock.now();
  }

  // Loading

  async #load(): Promise<Execution | undefined> {
    const fresh = this.#freshStart();
    if (fresh !== undefined) return fresh;
    const needed = this.#inbox.map(({ seq }) => seq);
    const request = { needed, atLeast: this.#atLeast, repeated: new Set<number>() };
    return this.#take(await this.host.journal.load(this.subjects, request), needed);
  }

  /**
   * A start that nobody can have seen before needs no look at the journal: it is the first
   * message on its subject, was never delivered, and is young, so that nobody can have ended and
   * purged the instance while it was on its way (hazard 13). Losing R1 tells where that was wrong.
   */
  #freshStart(): Execution | undefined {
    const first = this.#inbox[0];
    if (first?.input.body.type !== 'started' || !first.isFresh || this.#atLeast > 0) return undefined;
    const { workflow, version } = first.input.body;
    const { clock, find, limits } = this.host.context;
    const age = Math.abs(clock.wall() - first.input.at);
    if (age > limits.ackWait / 2 || find(workflow, version) === undefined) return undefined;
    this.#lastStep = 0;
    this.#trail = [];
    this.#origin = first.seq;
    this.#guard.expire();
    return (this.#execution = new Execution(this.id, find));
  }

  /**
   * Goes on from what was read.
   *
   * @param needed inputs that were in hand before the read: what of them is not there is gone.
   */
  async #take(loaded: Loaded, needed: readonly number[]): Promise<Execution | undefined> {
    if (loaded.kind === 'standstill') {
      await this.#park(loaded.why);
      return undefined;
    }
    const known = new Set(loaded.kind === 'ok' ? loaded.inputs.map(({ seq }) => seq) : []);
    const gone = this.#takeOut(({ seq }) => needed.includes(seq) && !known.has(seq));
    if (loaded.kind === 'ghost') {
      // Inputs without a `started` would block the id for ever: they are deleted (hazard 13).
      await this.#delete(loaded.seqs, gone);
      await this.host.unpark(this);
      return undefined;
    }
    for (const pending of gone) pending.ack();
    if (loaded.lastStep === 0 && !(await this.#beginsWithStart(loaded.started))) return undefined;
    this.#execution = loaded.execution;
    this.#lastStep = loaded.lastStep;
    this.#trail = loaded.trail;
    this.#origin = loaded.started.seq;
    this.#guard.assume(loaded.execution);
    return loaded.execution;
  }

  /** Before the first step: `started` is still there, comes first, and its code must be here. */
  async #beginsWithStart(started: Input): Promise<boolean> {
    const { clock, find } = this.host.context;
    if (started.body.type !== 'started') return false;
    // The instance may have been purged between the reads of its inputs and of its steps (hazard 13).
    if (!(await this.#isThere(started))) return false;
    const { workflow, version } = started.body;
    if (find(workflow, version) === undefined) {
      await this.#park({ kind: 'unknown-workflow', workflow, version });
      return false;
    }
    const [first = new Pending(started, undefined, clock.now())] = this.#takeOut(
      ({ seq }) => seq === started.seq,
    );
    this.#inbox.unshift(first);
    return true;
  }

  async #isThere({ seq }: Input): Promise<boolean> {
    const { log } = this.host.context;
    const { input } = this.subjects;
    const first = await log.first(input);
    if (first === undefined || first.seq >= seq) return first?.seq === seq;
    return (await log.readFromLeader(input, seq))[0]?.seq === seq;
  }

  async #delete(seqs: readonly number[], inHand: readonly Pending[]): Promise<void> {
    const { log, report } = this.host.context;
    await Promise.all(seqs.map((seq) => log.delete(seq)));
    for (const pending of inHand) pending.ack();
    if (seqs.length > 0) report({ kind: 'ghost', id: this.id, seqs });
  }

  #takeOut(which: (pending: Pending) => boolean): Pending[] {
    const taken = this.#inbox.filter(which);
    if (taken.length > 0) this.#inbox = this.#inbox.filter((pending) => !which(pending));
    return taken;
  }

  // Deciding

  async #commit(execution: Execution): Promise<void> {
    const decision = execution.take();
    const { step } = decision;
    const inputs = this.#applied.map(({ input }) => input);
    const committed = { step, inputs, settled: decision.settled };
    const trace = new StepTrace(this.id, execution.trace, committed);
    const [canceled, ...purged] = this.#endedSchedules(execution, decision);
    const outcome = await this.host.context.log.publish({
      subject: this.subjects.step,
      body: JSON.stringify({ ...step, trail: this.#trail } satisfies Step),
      expectedLast: this.#lastStep,
      ...(canceled === undefined ? {} : { cancelsSchedule: canceled }),
    });
    if (outcome.kind !== 'stored') {
      trace.lost(outcome.kind);
      return this.#lost(outcome.kind === 'conflict' ? outcome.last : undefined);
    }
    const isFirst = this.#lastStep === 0;
    this.#lastStep = this.#atLeast = outcome.seq;
    this.#trail = [...this.#trail, outcome.seq].slice(-TRAIL);
    execution.stored(outcome.seq);
    this.#heldSince = undefined;
    if (!(await this.#isConfirmed(isFirst, step, outcome.seq))) return trace.lost('overtaken');
    this.host.context.observe(committed);
    const { traceparent } = trace;
    await this.host.outbox.publish(this.subjects, decision, {
      purged,
      isOpen: () => true,
      trace: traceparent,
    });
    trace.end();
    await this.host.unpark(this);
    if (execution.isPurged) return this.#purge();
    this.#settle(execution);
    if (step.continued !== undefined) await this.#compact();
    if (this.host.context.limits.cachedInstances === 0 && !this.#flush) this.#drop();
  }

  /** Now and then; what fails is done by the next one. */
  async #compact(): Promise<void> {
    const { clock, limits, report } = this.host.context;
    if (clock.now() - this.#compactedAt < limits.surelyPublished / 2) return;
    this.#compactedAt = clock.now();
    try {
      await this.host.compaction.run(this.subjects);
    } catch (error) {
      report({ kind: 'retrying', id: this.id, reason: toErrorData(error).message });
    }
  }

  #settle(execution: Execution): void {
    const done = this.#applied;
    this.#applied = [];
    if (this.#guard.settle(execution, done)) this.#flush = true;
  }

  /**
   * Schedules that nobody needs any more: the step's own headers cancel the first, the others are
   * purged (hazard 21). Only the headers may cancel the watchdog: its subject is used again, and a
   * purge that is late would hit the next one.
   */
  #endedSchedules(execution: Execution, decision: Decision): string[] {
    const ended = this.#withdrawnTimers(decision);
    const watchdog = this.subjects.timer(decision.step.run, 'w');
    return this.#guard.isOver(execution) ? [watchdog, ...ended] : ended;
  }

  #withdrawnTimers({ step, withdrawn }: Decision): string[] {
    const timers = withdrawn.filter(({ kind }) => kind === 'timer');
    return timers.map(({ n }) => this.subjects.timer(step.run, n));
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
        await this.host.outbox.store(this.id, this.host.outbox.notice(this.subjects, seq));
        await log.delete(seq);
        this.#drop();
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

  // Inputs that were there before

  /** Inputs that a step lists already: what they decided and is still open is published again (R3). */
  async #repeat(): Promise<void> {
    this.#drop();
    const needed = this.#inbox.map(({ seq }) => seq);
    const atLeast = await this.host.journal.lastStep(this.subjects);
    const repeated = new Set(needed);
    const loaded = await this.host.journal.load(this.subjects, { needed, atLeast, repeated });
    const execution = await this.#take(loaded, needed);
    if (execution === undefined || loaded.kind !== 'ok') return;
    this.#applied = this.#takeOut(({ seq }) => repeated.has(seq) && execution.has(seq));
    await this.#publishAgain(execution, loaded.decisions);
    await this.host.unpark(this);
    this.#settle(execution);
  }

  async #publishAgain(execution: Execution, decisions: readonly Decision[]): Promise<void> {
    for (const decision of decisions) {
      const sameRun = decision.step.run === execution.run;
      const isOpen = ({ kind, n }: Command): boolean => kind === 'signal' || (sameRun && execution.isOpen(n));
      const purged = this.#withdrawnTimers(decision);
      await this.host.outbox.publish(this.subjects, decision, { purged, isOpen, trace: execution.trace });
    }
    this.#guard.expire();
    await this.#guard.store(execution);
  }

  /** Inputs for an instance that has ended: the leader confirms that it has, then they are let go. */
  async #refuse(): Promise<void> {
    const { context, journal } = this.host;
    this.#flush = false;
    this.#guard.acknowledge();
    if (this.#inbox.length === 0) return;
    const newest = await journal.lastStep(this.subjects);
    if (newest !== this.#lastStep) return this.#lost(newest);
    const next = this.#inbox.findIndex((pending) => this.#opensAgain(pending));
    const late = this.#inbox.slice(0, next < 0 ? this.#inbox.length : next);
    if (late.some(({ input }) => input.body.type === 'started')) await this.#answerStarts(late);
    this.#takeOut((pending) => late.includes(pending));
    for (const pending of late) pending.ack();
    context.report({ kind: 'late', id: this.id, seqs: late.map(({ seq }) => seq) });
  }

  /** Of the inputs for an instance that has ended: whether a step may list it. */
  #opensAgain(pending: Pending | undefined): boolean {
    if (pending === undefined || this.#execution === undefined) return false;
    const { body } = pending.input;
    return opensAgain(body) && !this.#execution.isOutdated(body);
  }

  /** Who wanted a child with the id of this instance is told. No step lists it: the execution is of no use then. */
  async #answerStarts(late: readonly Pending[]): Promise<void> {
    const execution = this.#execution!;
    for (const { input } of late) execution.apply(input);
    this.#execution = undefined;
    const { replies, step } = execution.take();
    const decision = { step, replies, commands: [], withdrawn: [], settled: [] };
    await this.host.outbox.publish(this.subjects, decision, { purged: [], isOpen: () => false });
  }

  /**
   * The last step says that the instance is purged. What an earlier step decided and a coordinator
   * did not live to publish would be lost with it, so it is published first.
   */
  async #purge(): Promise<void> {
    const { host, subjects } = this;
    this.#drop();
    const atLeast = await host.journal.lastStep(subjects);
    const loaded = await host.journal.load(subjects, { needed: [], atLeast, repeated: 'all' });
    if (loaded.kind === 'ok') {
      const recent = lastOf(loaded.decisions) - host.context.limits.surelyPublished;
      const decisions = loaded.decisions.filter(({ step }) => step.updatedAt >= recent);
      await this.#publishAgain(loaded.execution, decisions);
      await this.#startAgain(loaded, atLeast);
    }
    if (atLeast > 0) {
      await host.outbox.store(this.id, host.outbox.notice(subjects, atLeast));
      await host.outbox.purge(this.id, subjects.all, atLeast + 1);
    }
    for (const pending of this.#takeOut(({ seq }) => seq < atLeast)) pending.ack();
    this.#atLeast = 0;
    await host.unpark(this);
    host.context.report({ kind: 'purged', id: this.id });
  }

  /** A parent that wants the id for its child, but came too late for the purge step, gets it once it is free. */
  async #startAgain({ execution, inputs }: Extract<Loaded, { kind: 'ok' }>, purge: number): Promise<void> {
    const { host, subjects } = this;
    const newer = await host.context.log.readFromLeader(subjects.input, (inputs.at(-1)?.seq ?? 0) + 1);
    const all = [...inputs, ...newer.map(toInput).filter((input) => input !== undefined)];
    for (const { seq, body } of all) {
      if (seq > purge || execution.has(seq) || body.type !== 'started' || body.parent === undefined) continue;
      await host.outbox.store(this.id, { subject: subjects.input, body: JSON.stringify(body) });
    }
  }

  // A parked instance

  async #recover(): Promise<void> {
    this.#drop();
    const { clock } = this.host.context;
    if (this.host.isParked(this)) await this.host.forcedEnd.run(this.subjects);
    const needed = this.#inbox.map(({ seq }) => seq);
    const request = { needed, atLeast: 0, repeated: 'all', everything: true } as const;
    const loaded = await this.host.journal.load(this.subjects, request);
    this.#recovers = false;
    if (loaded.kind === 'ok') {
      const inHand = new Set(this.#inbox.map(({ seq }) => seq));
      const unlisted = loaded.inputs.filter(({ seq }) => !loaded.execution.has(seq) && !inHand.has(seq));
      const recovered = unlisted.map((input) => new Pending(input, undefined, clock.now()));
      this.#inbox = [...this.#inbox, ...recovered].sort((a, b) => a.seq - b.seq);
    }
    const execution = await this.#take(loaded, needed);
    if (execution === undefined || loaded.kind !== 'ok') return;
    await this.#publishAgain(execution, loaded.decisions);
    if (this.#inbox.length === 0 || execution.isTerminal) await this.host.unpark(this);
  }

  // Forgetting

  /** With the marker stored, what is in hand may go: it is read from the stream when the instance recovers. */
  async #park(why: ParkedReason): Promise<void> {
    await this.host.park(this, why);
    this.#drop();
    for (const pending of this.#takeOut(() => true)) pending.ack();
    this.#flush = false;
    this.#recovers = false;
    this.#fault = undefined;
  }

  /** Forgets the execution; what is in hand is to be applied again. */
  #drop(): void {
    this.#inbox = [...this.#guard.drop(), ...this.#applied, ...this.#inbox];
    this.#applied = [];
    this.#execution = undefined;
    this.#heldSince = undefined;
  }
}

/** Why an instance is parked whose input cannot be applied: a restart may want code that is not here. */
function faultOf(error: unknown): ParkedReason {
  const { code, message, details } = toErrorData(error);
  if (code !== 'UnknownWorkflow') return { kind: 'faulty', message };
  const { workflow, version } = details as { workflow: string; version?: number };
  return { kind: 'unknown-workflow', workflow, version };
}

/** Stream time of the newest input, in milliseconds. */
const lastOf = (decisions: readonly Decision[]): number => decisions.at(-1)?.step.updatedAt ?? 0;
