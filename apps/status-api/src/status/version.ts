import { createHash } from 'node:crypto';

/**
 * Which representation of an instance a client has: told as an entity tag and as the id of an event.
 * Two representations with the same version are the same.
 */
export interface Version {
  /** Of the newest step; 0 while there is none. */
  readonly seq: number;
  /** Sequence of the newest progress report; 0 while there is none. */
  readonly progress: number;
  /** Of the public state: not every step changes it. */
  readonly digest: string;
}

/** Six bytes: a client that compares its last state with a new one meets no collision by chance. */
const DIGEST_BYTES = 6;
const PATTERN = /^(\d{1,15})-(\d{1,15})-([\w-]{8})$/;

export const digestOf = (state: object): string =>
  createHash('sha256').update(JSON.stringify(state)).digest().subarray(0, DIGEST_BYTES).toString('base64url');

export const versionText = ({ seq, progress, digest }: Version): string => `${seq}-${progress}-${digest}`;

export function parseVersion(text: string | undefined): Version | undefined {
  const [, seq, progress, digest] = PATTERN.exec(text ?? '') ?? [];
  return digest === undefined ? undefined : { seq: Number(seq), progress: Number(progress), digest };
}

export const sameVersion = (a: Version, b: Version): boolean => versionText(a) === versionText(b);

export const etagOf = (version: Version): string => `"${versionText(version)}"`;

/** What an `If-None-Match` header says (RFC 9110, 13.1.2). */
export class KnownVersions {
  private readonly any: boolean;
  private readonly versions: readonly Version[];

  constructor(header: string | undefined) {
    const tags = (header ?? '').split(',').map((tag) => tag.trim());
    this.any = tags.includes('*');
    this.versions = tags.flatMap((tag) => parseVersion(/^(?:W\/)?"(.*)"$/.exec(tag)?.[1]) ?? []);
  }

  /** The newest that the client has seen. */
  get newest(): Pick<Version, 'seq' | 'progress'> {
    return this.versions.reduce<Pick<Version, 'seq' | 'progress'>>(
      (newest, next) =>
        next.seq > newest.seq || (next.seq === newest.seq && next.progress > newest.progress) ? next : newest,
      { seq: 0, progress: 0 },
    );
  }

  has(version: Version): boolean {
    return this.any || this.versions.some((known) => sameVersion(known, version));
  }

  /** Whether the client, progress aside, has seen this state. */
  hasState({ digest }: Version): boolean {
    return this.any || this.versions.some((known) => known.digest === digest);
  }
}
