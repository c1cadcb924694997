/** Entity tags of a status: the sequence of the instance's newest step, which only ever grows. */

export const etagOf = (seq: number): string => `"${seq}"`;

/** What an `If-None-Match` header says (RFC 9110, 13.1.2), in terms of sequences. */
interface KnownVersions {
  has(seq: number): boolean;
  /** The newest that the client has seen; 0 when it has seen none. */
  readonly newest: number;
}

export function knownVersions(header: string | undefined): KnownVersions {
  const tags = (header ?? '').split(',').map((tag) => tag.trim());
  const seqs = tags.map((tag) => Number(/^(?:W\/)?"(\d{1,15})"$/.exec(tag)?.[1] ?? Number.NaN));
  return {
    has: (seq) => seqs.includes(seq) || tags.includes('*'),
    newest: Math.max(0, ...seqs.filter((seq) => !Number.isNaN(seq))),
  };
}
