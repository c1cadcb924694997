/**
 * A run as its steps tell it, and what a rewind reads in that: which inputs led to where it is, and what
 * must not be done again. Nothing here runs any code of a workflow.
 */
import type { Json } from '../json';
import type { InputBody } from '../protocol/inputs';
import type { AppliedInput, Step } from '../protocol/step';
import { keyOf } from './command';

/** What the steps of the newest run list, in order. */
export interface RunHistory {
  readonly steps: readonly Step[];
  bodyOf(seq: number): InputBody;
}

export interface RecordedInput extends AppliedInput {
  readonly body: InputBody;
}

/** Of the steps of a run, those that replay needs. What the first lists is settled if it continued as new. */
export function neededOf(steps: readonly Step[]): Step[] {
  const start = steps.findLastIndex(({ continued }) => continued !== undefined);
  return steps
    .slice(Math.max(start, 0))
    .map((step, i) => (i === 0 && start >= 0 ? { ...step, inputs: [] } : step));
}

/** The inputs of a run that meant something to it, in the order in which they were applied. */
export function inputsOf({ steps, bodyOf }: RunHistory): RecordedInput[] {
  return steps
    .flatMap(({ inputs }) => inputs)
    .filter(({ outcome }) => outcome !== 'refused' && outcome !== 'duplicate')
    .map((input) => ({ ...input, body: bodyOf(input.seq) }));
}

/** Those that came after one of them. */
export const inputsAfter = (inputs: readonly RecordedInput[], seq: number): RecordedInput[] =>
  inputs.slice(inputs.findIndex((input) => input.seq === seq) + 1);

/**
 * Results and signals of decisions that are not to be made again, by {@link keyOf}.
 *
 * @param since inputs after the point that the run is taken back to
 * @param isAhead whether the number was decided after that point, or was open there
 */
export function keptOf(
  steps: readonly Step[],
  since: readonly RecordedInput[],
  isAhead: (n: number) => boolean,
): Map<string, Json[]> {
  const records = new Map(steps.flatMap(({ commands }) => commands).map((record) => [record.n, record]));
  const kept = new Map<string, Json[]>();
  const keep = (n: number, value: Json): void => {
    const record = records.get(n);
    if (record === undefined || !isAhead(n)) return;
    const key = keyOf(record);
    kept.set(key, [...(kept.get(key) ?? []), value]);
  };
  for (const { body } of since) if (body.type === 'completed') keep(body.n, body.result);
  for (const { kind, n } of records.values()) if (kind === 'signal') keep(n, null);
  return kept;
}
