import type { Disposition } from '../protocol/step';

/** What became of an input, and why where that is not plain. */
export interface Verdict {
  readonly outcome: Disposition;
  readonly why?: string;
  /** See `AppliedInput.undoes`. */
  readonly undoes?: number;
}

export const APPLIED: Verdict = { outcome: 'applied' };
export const LATE: Verdict = { outcome: 'late' };
export const DUPLICATE: Verdict = { outcome: 'duplicate' };
export const BUFFERED: Verdict = { outcome: 'buffered' };
export const refused = (why: string): Verdict => ({ outcome: 'refused', why });
