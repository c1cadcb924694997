import type { InstanceSubjects } from '@countersign/contracts';
import {
  CONTROLS,
  replay,
  TRAIL,
  type Decision,
  type Execution,
  type Input,
  type InputBody,
  type JournalEntry,
  type Standstill,
  type Started,
  type Step,
  type StoredMessage,
} from '@countersign/workflow';
import { Gate } from './gate';
import type { ShardContext } from './options';

export interface LoadedWell {
  readonly kind: 'ok';
  readonly execution: Execution;
  /** Sequence of the newest step; 0 without one. */
  readonly lastStep: number;
  /** What the next step names. */
  readonly trail: readonly number[];
  /** Every input in the stream, in order. */
  readonly inputs: readonly Input[];
  /** The instance's `started`. */
  readonly started: Input;
  /** What the steps decided that list the inputs that were asked for, in order. */
  readonly decisions: readonly Decision[];
}

export type Loaded =
  | LoadedWell
  | { readonly kind: 'standstill'; readonly why: Standstill }
  /** Nobody has stored a step, and while the inputs were read somebody purged the instance: it is to be read again. */
  | { readonly kind: 'gone'; readonly inputs: readonly Input[] }
  /** There is no `started`: confirmed by the leader. */
  | { readonly kind: 'ghost'; readonly seqs: readonly number[] };

export interface LoadRequest {
  /** Inputs that must be there: a read without them was served by a replica that is behind. */
  readonly needed: readonly number[];
  /** Sequence of a step that is known to exist. */
  readonly atLeast: number;
  /** Inputs whose step's decision is wanted. */
  readonly repeated: ReadonlySet<number> | 'all';
  /** Reads from the leader at once, which knows every input. */
  readonly everything?: boolean;
}

/** `missing`: an input that a step lists. */
type Folded = Loaded | { readonly kind: 'stale'; readonly missing: number | undefined };

/** What is stored of one instance, in order. */
interface Messages {
  readonly steps: readonly JournalEntry[];
  readonly inputs: readonly (Input | undefined)[];
}

/**
 * Instances that are read at once. When thousands wake together, each is soon read, and none waits for its answer
 * until it gives up and asks again.
 */
const READS = 32;

/** Tries at the leader: somebody may purge the instance between the read of its steps and its inputs. */
const TRIES = 3;

/** Reads an instance back: its inputs and steps, folded. */
export class Journal {
  readonly #gate = new Gate(READS);

  constructor(private readonly context: ShardContext) {}

  /** @throws whatever the log throws when JetStream cannot be asked. */
  load(subjects: InstanceSubjects, request: LoadRequest): Promise<Loaded> {
    return this.#gate.pass(async () => {
      const loaded = await this.#load(subjects, request);
      return loaded.kind === 'ok' && loaded.lastStep === 0 ? this.#beforeFirstStep(subjects, loaded) : loaded;
    });
  }

  /** A first step may be stored only if `started` is still there and comes first (hazard 13), and its code is here. */
  async #beforeFirstStep(subjects: InstanceSubjects, loaded: LoadedWell): Promise<Loaded> {
    const { started, inputs } = loaded;
    if (!(await this.#isThere(subjects, started))) return { kind: 'gone', inputs };
    const { workflow, version } = started.body as Started;
    if (this.context.find(workflow, version) !== undefined) return loaded;
    return { kind: 'standstill', why: { kind: 'unknown-workflow', workflow, version } };
  }

  async #isThere({ input }: InstanceSubjects, { seq }: Input): Promise<boolean> {
    const { log } = this.context;
    const first = await log.first(input);
    if (first === undefined || first.seq >= seq) return first?.seq === seq;
    return (await log.readFromLeader(input, seq))[0]?.seq === seq;
  }

  async #load(subjects: InstanceSubjects, request: LoadRequest): Promise<Loaded> {
    if (request.everything !== true) {
      const { inputs, steps } = (await this.#follow(subjects, request)) ?? (await this.#search(subjects));
      const fast = this.#fold(subjects.id, inputs, steps, request);
      if (fast.kind !== 'stale') return fast;
    }
    for (let tries = 1; ; tries++) {
      const sure = await this.#askLeader(subjects, { ...request, needed: [], atLeast: 0 });
      if (sure.kind !== 'stale') return sure;
      if (tries >= TRIES) return { kind: 'standstill', why: brokenJournal(sure.missing ?? 0) };
    }
  }

  /** Sequence of the newest step, from the leader (R4). */
  async lastStep(subjects: InstanceSubjects): Promise<number> {
    return (await this.context.log.last(subjects.step))?.seq ?? 0;
  }

  async #search({ input, step }: InstanceSubjects): Promise<Messages> {
    const { log } = this.context;
    const [inputs, steps] = await Promise.all([log.read(input), log.read(step)]);
    return { inputs: inputs.map(toInput), steps: steps.map(toEntry) };
  }

  /**
   * Follows the trail of the steps backwards, and reads the inputs that they list: each where it is. (To look for the
   * next message of a subject, the server goes through all that lie between.) Of the inputs that no step lists, only
   * those that are wanted and the newest are among them.
   *
   * @returns undefined where the trail breaks off, or every input is wanted
   */
  async #follow(
    { input, step }: InstanceSubjects,
    { needed, repeated }: LoadRequest,
  ): Promise<Messages | undefined> {
    const { log } = this.context;
    const newest = repeated === 'all' ? undefined : await log.lastFromAny(step);
    if (newest === undefined) return undefined;
    const steps = [toEntry(newest)];
    for (;;) {
      const { trail } = steps[0]!.step;
      if (trail === undefined) return undefined;
      if (trail.length === 0) break;
      const before = await log.readAt(trail);
      if (before.length < trail.length) return undefined;
      steps.unshift(...before.map(toEntry));
    }
    const wanted = [...new Set([...keptBy(steps), ...listedBy(steps), ...needed])].sort((a, b) => a - b);
    const last = wanted.at(-1) ?? 0;
    const [inputs, others] = await Promise.all([log.readAt(wanted), log.read(input, last + 1)]);
    return { steps, inputs: [...inputs, ...others].map(toInput) };
  }

  async #askLeader(subjects: InstanceSubjects, request: LoadRequest): Promise<Folded> {
    const { log } = this.context;
    // Steps first: an input that a step lists is older than the step.
    const steps = (await log.readFromLeader(subjects.step)).map(toEntry);
    const inputs = (await log.readFromLeader(subjects.input)).map(toInput);
    // Who stood still may store a first step after a purge, and not live to take it back (hazard 13).
    const ghosts = inputs.filter((input) => input !== undefined).map(({ seq }) => seq);
    const origin = originOf(inputs)?.seq ?? Infinity;
    const undead = steps.filter(({ step }) => step.run < origin);
    await Promise.all(undead.map(({ seq }) => log.delete(seq)));
    if (origin === Infinity) return { kind: 'ghost', seqs: ghosts };
    return this.#fold(
      subjects.id,
      inputs,
      steps.filter(({ step }) => step.run >= origin),
      request,
    );
  }

  #fold(
    id: string,
    messages: readonly (Input | undefined)[],
    steps: readonly JournalEntry[],
    { needed, atLeast, repeated }: LoadRequest,
  ): Folded {
    const inputs = messages.filter((input) => input !== undefined);
    const bodies = new Map(inputs.map(({ seq, body }) => [seq, body]));
    const lastStep = steps.at(-1)?.seq ?? 0;
    const behind = needed.some((seq) => !bodies.has(seq)) || lastStep < atLeast;
    const started = originOf(inputs);
    if (behind || started === undefined) return { kind: 'stale', missing: undefined };
    const decisions: Decision[] = [];
    const onDecision = ({ step }: JournalEntry, decision: Decision): void => {
      if (repeated === 'all' || step.inputs.some(({ seq }) => repeated.has(seq))) decisions.push(decision);
    };
    const replayed = replay({ id, find: this.context.find, inputs: bodies, steps, onDecision });
    if (replayed.kind === 'incomplete') return { kind: 'stale', missing: replayed.missing };
    if (replayed.kind === 'standstill') return replayed;
    const trail = trailOf(steps);
    return { kind: 'ok', execution: replayed.execution, lastStep, trail, inputs, started, decisions };
  }
}

const originOf = (inputs: readonly (Input | undefined)[]): Input | undefined =>
  inputs.find((input) => input?.body.type === 'started');

/** What a step names that comes after these. */
export const trailOf = (steps: readonly JournalEntry[]): number[] =>
  steps.slice(-TRAIL).map(({ seq }) => seq);

const brokenJournal = (missing: number): Standstill => ({
  kind: 'diverged',
  stepSeq: missing,
  expected: `input ${missing}, which a step lists`,
  actual: 'no such message in the stream',
});

const INPUT_TYPES: ReadonlySet<string> = new Set<InputBody['type']>([
  'started',
  'completed',
  'failed',
  'timer',
  'event',
  ...CONTROLS,
]);

/** An input as the engine takes it; undefined for what no service of ours wrote. */
export function toInput({ seq, at, body }: StoredMessage): Input | undefined {
  try {
    const parsed = JSON.parse(body) as InputBody;
    return INPUT_TYPES.has(parsed?.type) ? { seq, at, body: parsed } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Inputs that are never deleted before their instance: what opened a run, and what a continuation
 * applies again. The steps that list them may be gone.
 */
export const keptBy = (steps: readonly JournalEntry[]): number[] =>
  steps.flatMap(({ step: { run, continued } }) => [run, ...(continued?.pending ?? [])]);

/** Inputs that the steps list. */
export const listedBy = (steps: readonly JournalEntry[]): number[] =>
  steps.flatMap(({ step }) => step.inputs.map(({ seq }) => seq));

export const toEntry = ({ seq, body }: StoredMessage): JournalEntry => ({
  seq,
  step: JSON.parse(body) as Step,
});
