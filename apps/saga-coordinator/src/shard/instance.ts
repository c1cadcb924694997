/**
 * One instance in the hands of this coordinator. Inputs go in; steps, commands and acknowledgements come out, one after
 * the other.
 *
 * Invariants (the specs of hazards beside tell what breaks without them):
 * 1. Only `#run` changes state, and it runs once at a time: an instance is serial.
 * 2. R1: a step is stored with the previous step's sequence expected. Who loses drops what it remembers, reads the
 *    journal and applies its inputs again.
 * 3. R2: commands are published after their step is stored, never before.
 * 4. R3: an input is acknowledged when its step is stored and that step's commands are published.
 * 5. R4: nothing is dropped on the word of the cache: the leader is asked first.
 * 6. An input that decides nothing is held for a bounded time, never renewed; then a step lists it.
 *
 * What an instance remembers is changed here and nowhere else: of what it calls, the parts of the shard (`Host`) read and
 * publish, `InHand` keeps the books of its inputs, and `Guard` those of its watchdog.
 */
import { InstanceSubjects } from '@countersign/contracts';
import {
  CodedError,
  toErrorData,
  TRAIL,
  type Decision,
  type Execution,
  type Step,
} from '@countersign/workflow';
import { delay } from './delay';
import { Guard } from './guard';
import type { Host } from './host';
import { InHand } from './in-hand';
import type { Loaded } from './journal';
import { answerStarts, isStart, lateOf, reopens } from './late-inputs';
import type { ParkedReason } from './options';
import { faultOf } from './parked';
import { acknowledge, seqsOf, type Pending } from './pending';
import { endedSchedules } from './schedules';
import { StepTrace } from './step-trace';

const PAUSE = 100;

export class Instance {
  readonly subjects: InstanceSubjects;
  readonly #guard: Guard;
  readonly #inHand: InHand;
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
    this.#inHand = new InHand(this.#guard);
  }

  get isIdle(): boolean {
    return !this.#running && this.#inHand.isEmpty;
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
    return this.#inHand.find(seq);
  }

  receive(pending: Pending): void {
    this.#inHand.receive(pending);
    this.#start();
  }

  /** Called now and then while something is in hand. */
  tick(now: number): void {
    const { ackWait } = this.host.context.limits;
    if (this.#running) return this.#inHand.renew(now, now - ackWait / 2);
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

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    this.host.attend(this);
    void this.#run();
  }

  async #run(): Promise<void> {
    try {
      while (this.#inHand.inbox.length > 0 || this.#flush || this.#recovers || this.#fault !== undefined) {
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
    await this.#pause(message);
  }

  async #turn(): Promise<void> {
    if (this.#fault !== undefined) return this.#park(this.#fault);
    if (this.#recovers) return this.#recover();
    if (this.#inHand.isEmpty) {
      this.#flush = false;
      return;
    }
    const { inbox } = this.#inHand;
    const { poisonDeliveries } = this.host.context.limits;
    const poison = inbox.find(({ deliveries }) => deliveries >= poisonDeliveries);
    if (poison !== undefined)
      return this.#park({ kind: 'poisoned', seq: poison.seq, deliveries: poison.deliveries });
    const execution = this.#execution ?? (await this.#load());
    if (execution !== undefined) await this.#advance(execution);
  }

  /** What is next for the inputs in hand, now that the instance is known. */
  async #advance(execution: Execution): Promise<void> {
    const ghosts = this.#inHand.takeOut(({ seq }) => seq < this.#origin);
    if (ghosts.length > 0) return this.#delete(seqsOf(ghosts), ghosts);
    if (execution.isPurged) return this.#purge();
    const { inbox } = this.#inHand;
    if (inbox.some(({ seq }) => execution.has(seq))) return this.#repeat();
    const first = inbox[0];
    if (execution.isTerminal && (first === undefined || !reopens(execution, first)))
      return this.#refuse(execution);
    // A rewind needs the whole journal, of which a live execution keeps nothing.
    if (inbox.some(({ input }) => execution.needsHistory(input.body))) return this.#drop();
    this.#apply(execution);
    const flush = this.#flush;
    this.#flush = false;
    if (this.#inHand.applied.length > 0) {
      if (!execution.decidesNothing || flush) await this.#commit(execution);
      else this.#heldSince ??= this.host.context.clock.now();
    } else if (flush) await this.#guard.store(execution);
  }

  #apply(execution: Execution): void {
    for (let pending = this.#inHand.next(); pending !== undefined; pending = this.#inHand.next()) {
      const { body } = pending.input;
      if (body.type === 'timer' && body.n === 'w') this.#guard.expire();
      execution.apply(pending.input);
      if (execution.mustBeTaken) break;
    }
    execution.forget();
  }

  // Loading

  async #load(): Promise<Execution | undefined> {
    const { journal, origin } = this.host;
    const first = this.#inHand.inbox[0];
    if (first !== undefined && this.#atLeast === 0) {
      const fresh = origin.freshStart(this.subjects, first);
      if (fresh !== undefined) return this.#remember(fresh, 0, [], first.seq);
    }
    const needed = this.#inHand.seqs;
    const request = { needed, atLeast: this.#atLeast, repeated: new Set<number>() };
    return this.#take(await journal.load(this.subjects, request), needed);
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
    const known = new Set(loaded.kind === 'ghost' ? [] : loaded.inputs.map(({ seq }) => seq));
    const gone = this.#inHand.takeOut(({ seq }) => needed.includes(seq) && !known.has(seq));
    if (loaded.kind === 'ghost') {
      // Inputs without a `started` would block the id for ever: they are deleted (hazard 13).
      await this.#delete(loaded.seqs, gone);
      await this.host.unpark(this);
      return undefined;
    }
    acknowledge(gone);
    if (loaded.kind === 'gone') return undefined;
    const { execution, lastStep, trail, started } = loaded;
    if (lastStep === 0) this.#inHand.putFirst(started, this.host.context.clock.now());
    return this.#remember(execution, lastStep, trail, started.seq);
  }

  #remember(execution: Execution, lastStep: number, trail: readonly number[], origin: number): Execution {
    this.#lastStep = lastStep;
    this.#trail = trail;
    this.#origin = origin;
    this.#guard.assume(execution);
    return (this.#execution = execution);
  }

  async #delete(seqs: readonly number[], inHand: readonly Pending[]): Promise<void> {
    await this.host.origin.deleteGhosts(this.subjects, seqs);
    acknowledge(inHand);
  }

  // Deciding

  async #commit(execution: Execution): Promise<void> {
    const { compaction, context, outbox } = this.host;
    const decision = execution.take();
    const { step, settled } = decision;
    const committed = { step, inputs: this.#inHand.applied.map(({ input }) => input), settled };
    const trace = new StepTrace(this.id, execution.trace, committed);
    const [canceled, ...purged] = endedSchedules(this.subjects, decision, this.#guard.isOver(execution));
    const isFirst = this.#lastStep === 0;
    const outcome = await context.log.publish({
      subject: this.subjects.step,
      body: JSON.stringify({ ...step, trail: this.#trail } satisfies Step),
      expectedLast: this.#lastStep,
      ...(canceled === undefined ? {} : { cancelsSchedule: canceled }),
    });
    if (outcome.kind !== 'stored') {
      trace.lost(outcome.kind);
      return this.#lost(outcome.kind === 'conflict' ? outcome.last : undefined);
    }
    this.#stored(execution, outcome.seq);
    if (!(await this.#isConfirmed(isFirst, step, outcome.seq))) {
      this.#drop();
      return trace.lost('overtaken');
    }
    context.observe(committed);
    const { traceparent } = trace;
    await outbox.publish(this.subjects, decision, { purged, isOpen: () => true, trace: traceparent });
    trace.end();
    await this.host.unpark(this);
    if (execution.isPurged) return this.#purge();
    this.#settle(execution, this.#inHand.takeApplied());
    if (step.continued !== undefined) await compaction.run(this.subjects);
    if (context.limits.cachedInstances === 0 && !this.#flush) this.#drop();
  }

  #stored(execution: Execution, seq: number): void {
    this.#lastStep = this.#atLeast = seq;
    this.#trail = [...this.#trail, seq].slice(-TRAIL);
    execution.stored(seq);
    this.#heldSince = undefined;
  }

  /**
   * A coordinator that stood still may have stored a step that nobody waits for any more, or have been overtaken since:
   * then it asks the leader before it lets the step's commands out (hazard 13).
   */
  async #isConfirmed(isFirst: boolean, { run }: Step, seq: number): Promise<boolean> {
    const { context, journal, origin } = this.host;
    const { applied, oldest } = this.#inHand;
    const stoodStill = context.clock.now() - oldest > context.limits.ackWait || oldest <= this.#suspectBefore;
    const asksForStart = isFirst && (stoodStill || applied.some(({ deliveries }) => deliveries > 1));
    if (asksForStart && !(await origin.confirm(this.subjects, run, seq))) return false;
    return !stoodStill || (await journal.lastStep(this.subjects)) === seq;
  }

  /** @param listed by a step that is stored, and published (R3). */
  #settle(execution: Execution, listed: readonly Pending[]): void {
    if (this.#guard.settle(execution, listed)) this.#flush = true;
  }

  async #lost(newest: number | undefined): Promise<void> {
    this.#drop();
    if (newest === undefined) return this.#pause('not known whether the step is stored');
    this.#atLeast = newest;
    this.host.context.report({ kind: 'overtaken', id: this.id });
  }

  // Inputs that were there before

  /** Inputs that a step lists already: what they decided and is still open is published again (R3). */
  async #repeat(): Promise<void> {
    const { journal } = this.host;
    this.#drop();
    const needed = this.#inHand.seqs;
    const atLeast = await journal.lastStep(this.subjects);
    const repeated = new Set(needed);
    const loaded = await journal.load(this.subjects, { needed, atLeast, repeated });
    const execution = await this.#take(loaded, needed);
    if (execution === undefined || loaded.kind !== 'ok') return;
    await this.#publishAgain(execution, loaded.decisions);
    await this.host.unpark(this);
    const listed = this.#inHand.takeOut(({ seq }) => repeated.has(seq) && execution.has(seq));
    this.#settle(execution, listed);
  }

  async #publishAgain(execution: Execution, decisions: readonly Decision[]): Promise<void> {
    await this.host.outbox.publishAgain(this.subjects, execution, decisions);
    this.#guard.expire();
    await this.#guard.store(execution);
  }

  // An instance that has ended

  /** Inputs for an instance that has ended: the leader confirms that it has, then they are let go. */
  async #refuse(execution: Execution): Promise<void> {
    const { context, journal, outbox } = this.host;
    this.#flush = false;
    this.#guard.acknowledge();
    if (this.#inHand.inbox.length === 0) return;
    const newest = await journal.lastStep(this.subjects);
    if (newest !== this.#lastStep) return this.#lost(newest);
    const late = lateOf(execution, this.#inHand.inbox);
    if (late.some(isStart)) {
      this.#execution = undefined;
      await answerStarts(outbox, this.subjects, execution, late);
    }
    acknowledge(this.#inHand.takeOut((pending) => late.includes(pending)));
    context.report({ kind: 'late', id: this.id, seqs: seqsOf(late) });
  }

  /** The last step says that the instance is purged: the leader confirms that it is the last one, then all of it goes. */
  async #purge(): Promise<void> {
    const last = this.#lastStep;
    this.#drop();
    const newest = await this.host.journal.lastStep(this.subjects);
    if (newest !== last) return this.#lost(newest); // It is purged, and the id may be in use again.
    await this.host.purge.run(this.subjects, last);
    acknowledge(this.#inHand.takeOut(({ seq }) => seq < last));
    this.#atLeast = 0;
    await this.host.unpark(this);
    this.host.context.report({ kind: 'purged', id: this.id });
  }

  // A parked instance

  async #recover(): Promise<void> {
    const { context, forcedEnd, journal } = this.host;
    this.#drop();
    if (this.host.isParked(this)) await forcedEnd.run(this.subjects);
    const needed = this.#inHand.seqs;
    const request = { needed, atLeast: 0, repeated: 'all', everything: true } as const;
    const loaded = await journal.load(this.subjects, request);
    this.#recovers = false;
    if (loaded.kind === 'ok') {
      const unlisted = loaded.inputs.filter(({ seq }) => !loaded.execution.has(seq));
      this.#inHand.recover(unlisted, context.clock.now());
    }
    const execution = await this.#take(loaded, needed);
    if (execution === undefined || loaded.kind !== 'ok') return;
    await this.#publishAgain(execution, loaded.decisions);
    if (this.#inHand.inbox.length === 0 || execution.isTerminal) await this.host.unpark(this);
  }

  /** With the marker stored, what is in hand may go: it is read from the stream when the instance recovers. */
  async #park(why: ParkedReason): Promise<void> {
    await this.host.park(this, why);
    this.#drop();
    acknowledge(this.#inHand.takeOut(() => true));
    this.#flush = false;
    this.#recovers = false;
    this.#fault = undefined;
  }

  // Forgetting

  /** Forgets the execution; what is in hand is to be applied again. */
  #drop(): void {
    this.#inHand.drop(this.#guard.drop());
    this.#execution = undefined;
    this.#heldSince = undefined;
  }

  /** Before the next try. */
  async #pause(reason: string): Promise<void> {
    const { clock, report } = this.host.context;
    report({ kind: 'retrying', id: this.id, reason });
    await delay(clock, PAUSE);
  }
}
