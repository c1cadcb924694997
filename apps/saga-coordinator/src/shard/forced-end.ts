/**
 * Terminates a parked instance. Its code cannot be run (it diverged, is not here, or takes its
 * coordinator with it), and need not be: terminate stops at once and undoes nothing.
 *
 * The step that says so is stored under the same compare-and-set as every other (R1), lists all
 * inputs that no step lists, and is marked, so that replay takes everything before it for granted.
 * What follows from it may be done again: it is, as long as the instance is marked as parked.
 */
import type { InstanceSubjects } from '@countersign/contracts';
import {
  forcedEndOf,
  isTerminal,
  terminationError,
  type Input,
  type JournalEntry,
  type Reply,
  type Started,
  type Step,
} from '@countersign/workflow';
import { keptBy, listedBy, toEntry, toInput, trailOf } from './journal';
import type { ShardContext } from './options';
import type { Outbox } from './outbox';

export class ForcedEnd {
  constructor(
    private readonly context: ShardContext,
    private readonly outbox: Outbox,
  ) {}

  /** Does nothing unless a `terminate` waits. @throws whatever the log throws when JetStream cannot be asked. */
  async run(subjects: InstanceSubjects): Promise<void> {
    const { log } = this.context;
    const steps = (await log.readFromLeader(subjects.step)).map(toEntry);
    const stored = (await log.readFromLeader(subjects.input)).map(toInput);
    const inputs = stored.filter((input) => input !== undefined);
    const started = inputs.find(({ body }) => body.type === 'started');
    const last = steps.at(-1);
    if (started === undefined) return;
    const before = forcedEndOf(steps);
    if (before !== undefined) return this.#settle(subjects, before);
    if (last !== undefined && isTerminal(last.step.status)) return;
    const end = forcedStep(started, last?.step, unlistedOf(inputs, steps));
    if (end === undefined) return;
    const step = { ...end, trail: trailOf(steps) };
    const message = { subject: subjects.step, body: JSON.stringify(step), expectedLast: last?.seq ?? 0 };
    if ((await log.publish(message)).kind !== 'stored') return;
    this.context.observe({ step, inputs: [], settled: [] });
    await this.#settle(subjects, step);
  }

  /** Nothing of it is to be done any more; who waits for it as its child is told. */
  async #settle(subjects: InstanceSubjects, step: Step): Promise<void> {
    const { parent, error } = step;
    const replies: Reply[] = [];
    if (parent !== undefined && error !== undefined)
      replies.push({ to: parent, body: { type: 'failed', run: parent.run, n: parent.n, error } });
    const decision = { step, commands: [], withdrawn: [], settled: [], replies };
    const purged = [subjects.tasks, subjects.timers];
    await this.outbox.publish(subjects, decision, { purged, isOpen: () => false });
  }
}

/** Without what an instance that continued as new keeps of inputs whose steps are deleted. */
function unlistedOf(inputs: readonly Input[], steps: readonly JournalEntry[]): readonly Input[] {
  if (steps.length === 0) return inputs;
  const known = new Set([...listedBy(steps), ...keptBy(steps)]);
  return inputs.filter(({ seq, body }) => !known.has(seq) && body.type !== 'started');
}

/** Undefined where nobody wants it terminated. */
function forcedStep(started: Input, last: Step | undefined, unlisted: readonly Input[]): Step | undefined {
  const terminate = unlisted.find(({ body }) => body.type === 'terminate');
  if (terminate?.body.type !== 'terminate') return undefined;
  const { workflow, version = 0, parent } = started.body as Started;
  const why = 'the instance was terminated while it was parked';
  return {
    format: 1,
    run: started.seq,
    workflow,
    version,
    createdAt: started.at,
    ...(parent && { parent }),
    ...withoutOpen(last),
    status: 'Terminated',
    inputs: unlisted.map(({ seq, at }) => ({
      seq,
      at,
      ...(seq === terminate.seq || seq === started.seq ? { outcome: 'applied' } : { outcome: 'late', why }),
    })),
    commands: [],
    canceled: [],
    waits: [],
    error: terminationError(terminate.body.reason),
    updatedAt: Math.max(last?.updatedAt ?? 0, terminate.at),
    forced: true,
  };
}

/** What stays of the newest step. */
function withoutOpen(last: Step | undefined): Partial<Step> {
  if (last === undefined) return {};
  const { tasks: _tasks, continued: _continued, result: _result, trail: _trail, ...rest } = last;
  return rest;
}
