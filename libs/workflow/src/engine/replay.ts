/**
 * Rebuilds an execution from its journal: applies the inputs in the order that the steps list
 * them, and compares what the code decides now with what it decided then.
 */
import type { WorkflowDefinition } from '../language/workflow';
import type { InputBody, Started } from '../protocol/inputs';
import type { CommandRecord, Step } from '../protocol/step';
import { sourceKey } from './correspondence';
import { Execution, type Decision, type SkippedHistory } from './execution';

export interface JournalEntry {
  /** Stream sequence of the step. */
  readonly seq: number;
  readonly step: Step;
}

/** Why an instance cannot go on with this code; kept with it until it can. */
export type Standstill =
  | {
      readonly kind: 'diverged';
      readonly stepSeq: number;
      readonly expected: string;
      readonly actual: string;
    }
  | { readonly kind: 'unknown-workflow'; readonly workflow: string; readonly version: number | undefined };

export type Replayed =
  | { readonly kind: 'ok'; readonly execution: Execution }
  | { readonly kind: 'standstill'; readonly why: Standstill }
  /** The journal lists an input that was not among those given: the read was stale. */
  | { readonly kind: 'incomplete'; readonly missing: number };

export interface ReplayOptions {
  readonly id: string;
  readonly find: (name: string, version?: number) => WorkflowDefinition | undefined;
  /** Bodies of the instance's inputs by sequence. */
  readonly inputs: ReadonlyMap<number, InputBody>;
  readonly steps: readonly JournalEntry[];
  /** Called with the decision of every step, as replay regenerates it. */
  readonly onDecision?: (entry: JournalEntry, decision: Decision) => void;
}

/** @throws nothing: what stands in the way is in the answer. */
export function replay(options: ReplayOptions): Replayed {
  const { id, find, steps } = options;
  const last = steps.at(-1)?.step;
  if (last === undefined) return { kind: 'ok', execution: new Execution(id, find) };
  if (forcedEndOf(steps) !== undefined) return takenForGranted(options);
  if (find(last.workflow, last.version) === undefined) {
    return {
      kind: 'standstill',
      why: { kind: 'unknown-workflow', workflow: last.workflow, version: last.version },
    };
  }
  return fold(options, startOf(steps, steps.length));
}

/** The step that terminated the newest run without its code: nothing of that run can be replayed, nor what followed in it. */
export function forcedEndOf(steps: readonly JournalEntry[]): Step | undefined {
  const run = steps.at(-1)?.step.run;
  return steps.findLast(({ step }) => step.forced && step.run === run)?.step;
}

function takenForGranted({ id, find, steps, inputs }: ReplayOptions): Replayed {
  const execution = new Execution(id, find);
  execution.skip(skipped(steps, inputs, false), (seq) => inputs.get(seq)!);
  execution.stored(steps.at(-1)!.seq);
  return { kind: 'ok', execution };
}

/** Where replay begins: the newest step that continued as new, or the one that opened the newest run. */
interface Start {
  readonly index: number;
  readonly continues: boolean;
}

/** @param before only steps before this index can be where it continued as new. */
function startOf(steps: readonly JournalEntry[], before: number): Start {
  const { run } = steps.at(-1)!.step;
  const opening = steps.findIndex(({ step }) => step.run === run);
  const index = steps.slice(0, before).findLastIndex(({ step }) => step.continued !== undefined);
  return index >= opening ? { index, continues: true } : { index: opening, continues: false };
}

function fold(options: ReplayOptions, { index, continues }: Start): Replayed {
  const { id, find, inputs, steps } = options;
  const bodyOf = (seq: number): InputBody => inputs.get(seq)!;
  const first = steps[index]!;
  const ahead = steps.slice(continues ? index + 1 : index);
  const missing = missingInput(
    first.step.continued && continues ? first.step.continued.pending : [],
    ahead,
    inputs,
  );
  if (missing !== undefined) return { kind: 'incomplete', missing };
  const pins = new Pins(steps.slice(index), continues);
  const execution = new Execution(id, (name, version) => find(name, version ?? pins.version), pins);
  const done: Step[] = [];
  execution.remember(() => ({ steps: done, bodyOf }));
  const past = steps.slice(0, continues ? index + 1 : index);
  const isPastKnown = replayPast({ ...options, steps: past });
  if (past.length > 0) execution.skip(skipped(past, inputs, continues), bodyOf);
  for (const entry of continues ? [first, ...ahead] : ahead) {
    const { step, seq } = entry;
    const isStart = continues && entry === first;
    pins.version = step.version;
    if (!isStart) for (const { seq, at } of step.inputs) execution.apply({ seq, at, body: bodyOf(seq) });
    const decision = execution.take();
    const difference = differenceOf(step, decision.step, isStart ? step.continued!.number : 0);
    if (difference !== undefined)
      return { kind: 'standstill', why: { kind: 'diverged', stepSeq: seq, ...difference } };
    if (!isStart || !isPastKnown) options.onDecision?.(entry, decision);
    execution.stored(seq);
    done.push(step);
  }
  pins.release();
  return { kind: 'ok', execution };
}

/** For its decisions only: whether code of today still agrees with what is over is nobody's concern. */
function replayPast(options: ReplayOptions): boolean {
  const { steps, find, onDecision } = options;
  if (onDecision === undefined || steps.length === 0) return false;
  const cannot = ({ step }: JournalEntry) => step.forced || find(step.workflow, step.version) === undefined;
  if (steps.some(cannot)) return false;
  return fold(options, startOf(steps, steps.length - 1)).kind === 'ok';
}

/** While history is replayed, versions and patches are those that it was made with. */
class Pins {
  readonly #patches = new Set<string>();
  #released = false;
  /** Of the step that is replayed. */
  version: number | undefined;

  constructor([first, ...others]: readonly JournalEntry[], continues: boolean) {
    const { commands, continued, version } = first!.step;
    this.version = version;
    const begun = continues ? commands.filter(({ n }) => n > continued!.number) : commands;
    const all = [...begun, ...others.flatMap(({ step }) => step.commands)];
    for (const { kind, name } of all) if (kind === 'patch') this.#patches.add(name);
  }

  has(patch: string): boolean {
    return this.#released || this.#patches.has(patch);
  }

  release(): void {
    this.#released = true;
    this.version = undefined;
  }
}

function missingInput(
  pending: readonly number[],
  steps: readonly JournalEntry[],
  inputs: ReadonlyMap<number, InputBody>,
): number | undefined {
  const listed = steps.flatMap(({ step }) => step.inputs.map(({ seq }) => seq));
  return [...pending, ...listed].find((seq) => !inputs.has(seq));
}

/** What is older than a continuation may be deleted, but for the `started` and what is applied again. */
function skipped(
  steps: readonly JournalEntry[],
  bodies: ReadonlyMap<number, InputBody>,
  continues: boolean,
): SkippedHistory {
  const [opening, started] = [...bodies].find(([, body]) => body.type === 'started') as [number, Started];
  const { step: last } = steps.at(-1)!;
  const listed = (entries: readonly JournalEntry[]) => entries.flatMap(({ step }) => step.inputs);
  const newest = steps.findLastIndex(({ step }) => step.continued !== undefined);
  const signals = listed(steps.slice(newest + 1)).flatMap(({ seq, outcome }) => {
    const body = bodies.get(seq);
    return outcome !== 'late' && body?.type === 'event' && body.source ? [sourceKey(body.source)] : [];
  });
  return {
    started: last.parent === undefined ? started : { ...started, parent: last.parent },
    settled: [opening, last.run],
    last,
    inputs: listed(steps),
    sources: [...(steps[newest]?.step.continued?.sources ?? []), ...signals],
    continues,
  };
}

/** What the first difference is, in words for who has to mend it. */
function differenceOf(
  recorded: Step,
  replayed: Step,
  /** Commands up to this number were decided before. */
  after: number,
): { expected: string; actual: string } | undefined {
  const commands = recorded.commands.filter(({ n }) => n > after);
  const length = Math.max(commands.length, replayed.commands.length);
  for (let i = 0; i < length; i++) {
    const expected = inWords(commands[i]);
    const actual = inWords(replayed.commands[i]);
    if (expected !== actual) return { expected, actual };
  }
  if (recorded.status !== replayed.status) return { expected: recorded.status, actual: replayed.status };
  return undefined;
}

function inWords(command: CommandRecord | undefined): string {
  return command === undefined
    ? 'no further command'
    : `${command.kind} ${command.name} #${command.n} (${command.hash})`;
}
