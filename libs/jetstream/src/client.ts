import { randomUUID } from 'node:crypto';
import { ATTRIBUTES, InstanceSubjects, shardOf } from '@countersign/contracts';
import {
  CodedError,
  ENGINE_FAILURES,
  MAX_VALUE_BYTES,
  isTerminal,
  type AppliedInput,
  type Control,
  type EventRaised,
  type EventRef,
  type Json,
  type RuntimeStatus,
  type Started,
  type Step,
} from '@countersign/workflow';
import { trace } from '@opentelemetry/api';
import { AppliedSearch } from './applied-search';
import type { JetStreamLog } from './log';
import { Patience } from './patience';
import { publishWithin } from './publish-within';
import type { ShardLogs } from './shard-logs';
import { currentTrace } from './trace-context';
import { watch } from './watch';

export interface StartRequest {
  readonly workflow: string;
  readonly id: string;
  readonly input: Json;
  /** Of the whole request, to tell a repeated request from another one with the same id. */
  readonly digest?: string;
  /** Pins a version. */
  readonly version?: number;
}

/** `same`: an earlier start had the same digest. `exists`: the id belongs to somebody else's start. */
export interface StartOutcome {
  readonly kind: 'started' | 'same' | 'exists';
  readonly id: string;
}

export interface InstanceView {
  readonly id: string;
  /** Of the last step; 0 while only `started` is stored. */
  readonly seq: number;
  readonly status: RuntimeStatus;
  readonly step?: Step;
  /** While there is no step: what was started, and when (stream time in milliseconds). */
  readonly started?: { readonly workflow: string; readonly at: number };
}

/** The name of the workflow. */
export const workflowOf = ({ step, started }: InstanceView): string =>
  step?.workflow ?? started?.workflow ?? '';

/** How long storing an input may take, in milliseconds. */
const STORE_TIMEOUT = 5000;

/**
 * Starts workflow instances, sends them inputs and reads their state. What JetStream cannot store
 * or read within five seconds is a CodedError `StorageUnavailable`; the same call may be repeated.
 */
export class WorkflowClient {
  constructor(private readonly logs: ShardLogs) {}

  /** @throws CodedError `StorageUnavailable`, `ValueTooLarge` */
  async start(request: StartRequest): Promise<StartOutcome> {
    const { id, workflow, input, version, digest } = request;
    const nonce = randomUUID();
    const trace = sentAbout(id);
    const started: Started = { type: 'started', workflow, version, input, nonce, digest, trace };
    const { log, subjects } = this.instance(id);
    const message = { subject: subjects.input, body: bodyOf(started, input), msgId: nonce, expectedLast: 0 };
    const patience = new Patience(STORE_TIMEOUT, `start ${id}`);
    for (;;) {
      const outcome = await publishWithin(log, message, patience);
      if (outcome.kind === 'stored' || outcome.kind === 'duplicate') return { kind: 'started', id };
      const kind = outcome.kind === 'conflict' ? await whoStarted(log, subjects, started) : undefined;
      if (kind !== undefined) return { kind, id };
      await patience.pause(
        outcome.kind === 'unknown' ? outcome.reason : 'inputs without a start are in the way',
      );
    }
  }

  /**
   * Stored once per `msgId` (within two minutes), however often it is called.
   * @returns the sequence of the stored input.
   * @throws CodedError `StorageUnavailable`, `ValueTooLarge`
   */
  raise<Data>(
    id: string,
    event: EventRef<Data>,
    data: Data,
    options: { readonly msgId?: string } = {},
  ): Promise<{ seq: number }> {
    // Event data are DTO instances: their JSON is what crosses the wire.
    const { name } = event;
    const raised: Omit<EventRaised, 'data'> & { data: Data } = {
      type: 'event',
      name,
      data,
      trace: sentAbout(id),
    };
    return this.store(id, bodyOf(raised, data), options.msgId);
  }

  /** @throws CodedError `StorageUnavailable` */
  control(id: string, control: Control): Promise<{ seq: number }> {
    return this.store(id, JSON.stringify({ ...control, trace: sentAbout(id) }));
  }

  /**
   * The public state. A miss is confirmed by the leader, so undefined means that there is no such instance,
   * or none any more: one whose purge is decided and being carried out is gone for everybody.
   * @param atLeast a step that the caller knows of: an older answer is asked again of the leader. With
   *   Infinity only the leader is asked.
   * @throws CodedError `StorageUnavailable`
   */
  async read(id: string, atLeast = 0): Promise<InstanceView | undefined> {
    const view = await this.newest(id, atLeast);
    return view?.step?.purged === true ? undefined : view;
  }

  /**
   * Whether anything is stored of the instance, as the leader knows it: for who has no right to read.
   * @throws CodedError `StorageUnavailable`
   */
  async exists(id: string): Promise<boolean> {
    const { log, subjects } = this.instance(id);
    const of = [subjects.step, subjects.input];
    const newest = await Promise.all(of.map((subject) => log.lastSequence(subjects.input, subject)));
    return newest.some((seq) => seq > 0);
  }

  /**
   * Waits until the state satisfies the predicate.
   * @returns that state, or the last one seen when the time is up.
   * @throws CodedError `StorageUnavailable`
   */
  async waitFor(
    id: string,
    predicate: (view: InstanceView) => boolean,
    timeoutMs: number,
  ): Promise<InstanceView | undefined> {
    let last: InstanceView | undefined;
    const look = async () => {
      last = await this.read(id, last?.seq);
      return last !== undefined && predicate(last) ? last : undefined;
    };
    return (await this.watch(id, look, timeoutMs)) ?? last;
  }

  /**
   * What became of an input, as the step that lists it says; undefined when no step did in time.
   * @throws CodedError `StorageUnavailable`
   */
  outcomeOf(id: string, inputSeq: number, timeoutMs: number): Promise<AppliedInput | undefined> {
    const search = this.searchFor(id, inputSeq);
    return this.watch(id, () => search.further(), timeoutMs);
  }

  /**
   * The same, and `late` where no step will list the input: its instance is gone, or has ended before.
   * @param opensAgain the input means something to an instance that has ended.
   * @throws CodedError `StorageUnavailable`
   */
  async settled(
    id: string,
    inputSeq: number,
    timeoutMs: number,
    opensAgain = false,
  ): Promise<AppliedInput | undefined> {
    const search = this.searchFor(id, inputSeq);
    const look = async (): Promise<AppliedInput | undefined> => {
      const applied = await search.further();
      if (applied !== undefined) return applied;
      const newest = await this.newest(id, Infinity);
      const hasMoreSteps = newest !== undefined && newest.seq > search.seen;
      const why = hasMoreSteps ? undefined : whyNever(newest, opensAgain);
      return why === undefined ? undefined : { seq: inputSeq, at: 0, outcome: 'late', why };
    };
    return this.watch(id, look, timeoutMs);
  }

  /**
   * Waits until a purge that was stored after the step `seq` is carried out.
   * @returns whether it is; `superseded` when the instance went on instead.
   * @throws CodedError `StorageUnavailable`
   */
  async purged(id: string, seq: number, timeoutMs: number): Promise<boolean | 'superseded'> {
    const { log, subjects } = this.instance(id);
    const look = async () => {
      const first = await log.first(subjects.step);
      if (first === undefined || first.seq > seq) return true;
      const newest = await this.newest(id, Infinity);
      return newest !== undefined && newest.seq > seq && newest.step?.purged !== true
        ? ('superseded' as const)
        : undefined;
    };
    return (await this.watch(id, look, timeoutMs)) ?? false;
  }

  /** As `read`, and also one that is being purged. */
  private async newest(id: string, atLeast: number): Promise<InstanceView | undefined> {
    const { log, subjects } = this.instance(id);
    let last = atLeast === Infinity ? undefined : await log.lastFromAny(subjects.step);
    if (last === undefined || last.seq < atLeast) last = await log.last(subjects.step);
    if (last !== undefined) {
      const step = JSON.parse(last.body) as Step;
      return { id, seq: last.seq, status: step.status, step };
    }
    const first = await log.first(subjects.input);
    const started = startedOf(first?.body);
    if (first === undefined || started === undefined) return undefined;
    return { id, seq: 0, status: 'Pending', started: { workflow: started.workflow, at: first.at } };
  }

  private async store(id: string, body: string, msgId: string = randomUUID()): Promise<{ seq: number }> {
    const { log, subjects } = this.instance(id);
    const message = { subject: subjects.input, body, msgId: `${id}/input/${msgId}` };
    const patience = new Patience(STORE_TIMEOUT, `send an input to ${id}`);
    for (;;) {
      const outcome = await publishWithin(log, message, patience);
      if (outcome.kind === 'stored' || outcome.kind === 'duplicate') return { seq: outcome.seq };
      await patience.pause(outcome.kind === 'unknown' ? outcome.reason : 'it was refused');
    }
  }

  private searchFor(id: string, inputSeq: number): AppliedSearch {
    const { log, subjects } = this.instance(id);
    return new AppliedSearch(log, subjects, inputSeq);
  }

  private watch<T>(
    id: string,
    look: () => Promise<T | undefined>,
    timeoutMs: number,
  ): Promise<T | undefined> {
    return watch(this.logs.connection.nc, this.instance(id).subjects.step, look, timeoutMs);
  }

  private instance(id: string): { log: JetStreamLog; subjects: InstanceSubjects } {
    return { log: this.logs.of(id), subjects: new InstanceSubjects(shardOf(id, this.logs.shards), id) };
  }
}

/** Why no step of an instance will list an input that none lists yet. */
function whyNever(newest: InstanceView | undefined, opensAgain: boolean): string | undefined {
  if (newest === undefined || newest.step?.purged) return 'there is no such instance any more';
  return isTerminal(newest.status) && !opensAgain ? `the instance is ${newest.status}` : undefined;
}

/** Whose start holds the id; undefined when there is none any more, or none yet (an input came before it). */
async function whoStarted(
  log: JetStreamLog,
  subjects: InstanceSubjects,
  ours: Started,
): Promise<StartOutcome['kind'] | undefined> {
  const theirs = startedOf((await log.first(subjects.input))?.body);
  if (theirs === undefined) return undefined;
  if (theirs.nonce === ours.nonce) return 'started';
  return ours.digest !== undefined && theirs.digest === ours.digest ? 'same' : 'exists';
}

/** The span that an input is sent from, which is told about whom it is. */
function sentAbout(id: string): string | undefined {
  trace.getActiveSpan()?.setAttribute(ATTRIBUTES.instanceId, id);
  return currentTrace();
}

function startedOf(body: string | undefined): Started | undefined {
  if (body === undefined) return undefined;
  const input = JSON.parse(body) as { type: string };
  return input.type === 'started' ? (input as Started) : undefined;
}

function bodyOf(message: object, value: unknown): string {
  const size = Buffer.byteLength(JSON.stringify(value) ?? '');
  if (size <= MAX_VALUE_BYTES) return JSON.stringify(message);
  throw new CodedError(
    ENGINE_FAILURES.tooLarge,
    `The value has ${size} bytes as JSON; at most ${MAX_VALUE_BYTES} are stored. Pass a reference to it instead.`,
  );
}
