import { Problem } from '@countersign/service';

/** Longest hold in seconds: proxies commonly give up on a silent answer after a minute. */
const LONGEST = 60;

export interface PreferredWait {
  /** How long the answer may be held; 0 answers at once. */
  readonly seconds: number;
  /** Value of `Preference-Applied`, when a `Prefer` header asked for it. */
  readonly applied?: string;
}

/**
 * How long a client lets its answer be held: `?wait=SECONDS`, else `Prefer: wait=SECONDS`. More than
 * a minute is cut to a minute. A preference that cannot be understood is ignored, as RFC 7240 has it.
 *
 * @throws Problem 400 that names `wait` when the parameter is not a whole number of seconds
 */
export function preferredWait(wait: unknown, prefer: string | undefined): PreferredWait {
  if (wait !== undefined) {
    if (typeof wait === 'string' && /^\d{1,9}$/.test(wait)) return { seconds: capped(wait) };
    const message = 'must be a whole number of seconds';
    throw new Problem(400, `The query is not valid: wait ${message}.`, {
      errors: [{ field: 'wait', message }],
    });
  }
  const preferred = waitOf(prefer ?? '');
  if (preferred === undefined) return { seconds: 0 };
  const seconds = capped(preferred);
  return { seconds, applied: `wait=${seconds}` };
}

const capped = (seconds: string): number => Math.min(LONGEST, Number(seconds));

/** The first `wait` of the list; later ones do not count (RFC 7240, section 2). */
function waitOf(prefer: string): string | undefined {
  for (const preference of prefer.split(',')) {
    const [, value] = /^\s*wait\s*=\s*([^;\s]*)/i.exec(preference) ?? [];
    if (value !== undefined) return /^"?(\d{1,9})"?$/.exec(value)?.[1];
  }
  return undefined;
}
