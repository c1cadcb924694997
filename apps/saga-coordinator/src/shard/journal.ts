import type { InstanceSubjects } from '@countersign/contracts';
import {
  replay,
  type Decision,
  type Execution,
  type Input,
  type InputBody,
  type JournalEntry,
  type Standstill,
  type Step,
  type StoredMessage,
} from '@countersign/workflow';
import type { ShardContext } from './options';

export type Loaded =
  | {
      readonly kind: 'ok';
      readonly execution: Execution;
      /** Sequence of the newest step; 0 without one. */
      readonly lastStep: number;
      /** Every input in the stream, in order. */
      readonly inputs: readonly Input[];
      /** What the step that lists an input decided, for the inputs that were asked for. */
      readonly decisions: ReadonlyMap<number, Decision>;
    }
  | { readonly kind: 'standstill'; readonly why: Standstill }
  /** There is no `started`: confirmed by the leader. */
  | { readonly kind: 'ghost' };

export interface LoadRequest {
  /** Inputs that must be there: a read without them was served by a replica that is behind. */
  readonly needed: readonly number[];
  /** Sequence of a step that is known to exist. */
  readonly atLeast: number;
  /** Inputs whose step's decision is wanted. */
  readonly repeated: ReadonlySet<number>;
}

/** Reads an instance back: its inputs and steps, folded. */
export class Journal {
  constructor(private readonly context: ShardContext) {}

  /** @throws whatever the log throws when JetStream cannot be asked. */
  async load(subjects: InstanceSubjects, request: LoadRequest): Promise<Loaded> {
    const { log } = this.context;
    const [inputs, steps] = await Promise.all([log.read(subjects.input), log.read(subjects.step)]);
    const fast = this.#fold(subjects.id, inputs, steps, request);
    if (fast.kind !== 'stale') return fast;
    // Steps first: an input that a step lists is older than the step.
    const leaderSteps = await log.readFromLeader(subjects.step);
    const leaderInputs = await log.readFromLeader(subjects.input);
    const sure = this.#fold(subjects.id, leaderInputs, leaderSteps, { ...request, needed: [], atLeast: 0 });
    if (sure.kind !== 'stale') return sure;
    return sure.missing === undefined
      ? { kind: 'ghost' }
      : { kind: 'standstill', why: brokenJournal(sure.missing) };
  }

  /** Sequence of the newest step, from the leader (R4). */
  async lastStep(subjects: InstanceSubjects): Promise<number> {
    return (await this.context.log.last(subjects.step))?.seq ?? 0;
  }

  #fold(
    id: string,
    inputMessages: readonly StoredMessage[],
    stepMessages: readonly StoredMessage[],
    { needed, atLeast, repeated }: LoadRequest,
  ): Loaded | { readonly kind: 'stale'; readonly missing?: number } {
    const inputs = inputMessages.map(toInput).filter((input) => input !== undefined);
    const bodies = new Map(inputs.map(({ seq, body }) => [seq, body]));
    const steps = stepMessages.map(toEntry);
    const lastStep = steps.at(-1)?.seq ?? 0;
    const behind = needed.some((seq) => !bodies.has(seq)) || lastStep < atLeast;
    if (behind || !inputs.some(({ body }) => body.type === 'started')) return { kind: 'stale' };
    const decisions = new Map<number, Decision>();
    const onDecision = ({ step }: JournalEntry, decision: Decision): void => {
      for (const { seq } of step.inputs) if (repeated.has(seq)) decisions.set(seq, decision);
    };
    const replayed = replay({ id, find: this.context.find, inputs: bodies, steps, onDecision });
    if (replayed.kind === 'incomplete') return { kind: 'stale', missing: replayed.missing };
    if (replayed.kind === 'standstill') return replayed;
    return { kind: 'ok', execution: replayed.execution, lastStep, inputs, decisions };
  }
}

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
  'terminate',
  'cancel',
  'suspend',
  'resume',
  'restart',
  'purge',
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

const toEntry = ({ seq, body }: StoredMessage): JournalEntry => ({ seq, step: JSON.parse(body) as Step });
