/**
 * What a rewind needs of a run's history. A run that failed is taken back to where it was before
 * the newest input that failed one of its activities or children, and goes on from there.
 *
 * Invariants:
 * 1. Everything that was open then is decided anew, under numbers of a new generation (hazards 4
 *    and 11): what the old numbers lead to changes nothing.
 * 2. What the journal knows to have succeeded since is not done again: the same decision gets the
 *    same result. A child counts as the same only where the workflow gave it its id.
 * 3. Events that were raised since are raised again, in their order: nothing accepted is lost.
 */
import type { Json } from '../json';
import type { InputBody } from '../protocol/inputs';
import type { AppliedInput, Step } from '../protocol/step';
import { keyOf } from './command';

/** Numbers of one generation: more than any run can use between two rewinds. */
const GENERATION = 1_000_000_000;

/** How often the run had been rewound when it used the number. */
export const generationOf = (n: number): number => Math.floor(n / GENERATION);

/** The first number of the next generation. */
export const nextGeneration = (n: number): number => (generationOf(n) + 1) * GENERATION;

/** What the steps of the newest run list, in order. */
export interface RunHistory {
  readonly steps: readonly Step[];
  bodyOf(seq: number): InputBody;
}

/** Of the steps of a run, those that replay needs. What the first lists is settled if it continued as new. */
export function neededOf(steps: readonly Step[]): Step[] {
  const start = steps.findLastIndex(({ continued }) => continued !== undefined);
  return steps
    .slice(Math.max(start, 0))
    .map((step, i) => (i === 0 && start >= 0 ? { ...step, inputs: [] } : step));
}

export interface RecordedInput extends AppliedInput {
  readonly body: InputBody;
}

/** The inputs of a run that meant something to it, in the order in which they were applied. */
export function inputsOf({ steps, bodyOf }: RunHistory): RecordedInput[] {
  return steps
    .flatMap(({ inputs }) => inputs)
    .filter(({ outcome }) => outcome !== 'refused' && outcome !== 'duplicate')
    .map((input) => ({ ...input, body: bodyOf(input.seq) }));
}

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
