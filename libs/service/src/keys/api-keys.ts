import { createHash, timingSafeEqual } from 'node:crypto';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Problem } from '../problem';
import { WatchedFile } from '../watched-file';
import { type ApiKey, KEY_SCOPES, type KeyScope, parseKeyFile } from './key-file';
import { type KeyRequest, presentedKey } from './presented-key';

export interface ApiKeysOptions {
  /** File with the hashes of the keys. Without it no key is known. */
  readonly file?: string | undefined;
  readonly pollMs?: number;
  readonly now?: () => number;
}

/** What a request must be allowed to do. */
export interface NeededScope {
  readonly scope: KeyScope;
  /** A function key must name it. Default: any function key will do. */
  readonly workflow?: string;
}

/** Who sent a request. */
export interface Caller {
  /** Stays the same when the key is rotated; what an idempotency key is bound to. */
  readonly id: string;
  /** For people and logs. */
  readonly name: string;
  readonly scope: KeyScope;
}

/**
 * The keys that callers may use, read from a file and again whenever it changes.
 *
 * Kept as SHA-256: a key is 256 random bits, so there is nothing to guess that a slow or salted hash
 * would protect. A presented key is compared with every one that there is, each in constant time.
 */
export class ApiKeys implements OnModuleInit, OnModuleDestroy {
  private file: WatchedFile<readonly ApiKey[]> | undefined;
  /** By request: who counts requests asks for its key, and then who lets it in. */
  private readonly found = new WeakMap<KeyRequest, ApiKey | undefined>();

  constructor(private readonly options: ApiKeysOptions) {}

  /** @throws CodedError `KeysInvalid`, `FileUnreadable` */
  async onModuleInit(): Promise<void> {
    const { file, pollMs } = this.options;
    if (file === undefined) return;
    this.file = await WatchedFile.open({
      file,
      name: 'file of keys',
      setting: 'KEYS_FILE',
      parse: parseKeyFile,
      advice: 'Make one with npm run keys.',
      summary: (keys) => ({ keys: keys.map(({ scope, name }) => `${scope}:${name}`) }),
      ...(pollMs === undefined ? {} : { pollMs }),
    });
  }

  onModuleDestroy(): void {
    this.file?.close();
  }

  /** Looks at the file. What cannot be used leaves the keys as they are, and is logged. */
  async reload(): Promise<void> {
    await this.file?.reload();
  }

  /**
   * Who sent the request.
   *
   * @throws Problem 401 when it carries no key, or one that is unknown or expired; 403 when the key is for less
   */
  authorize(request: KeyRequest, needed: NeededScope): Caller {
    if (presentedKey(request) === undefined)
      throw unauthorized(`Send ${keyFor(needed)} in the x-functions-key header.`, CHALLENGE);
    const key = this.keyOf(request);
    if (key === undefined) throw unauthorized('The key is not known.', INVALID);
    if (this.hasExpired(key)) throw unauthorized('The key has expired.', INVALID);
    if (!allows(key, needed)) throw forbidden(needed);
    return callerWith(key);
  }

  /** Who presents a key that is known and has not expired, whatever it is for. */
  callerOf(request: KeyRequest): Caller | undefined {
    const key = this.keyOf(request);
    return key === undefined || this.hasExpired(key) ? undefined : callerWith(key);
  }

  private hasExpired({ expiresAt }: ApiKey): boolean {
    return expiresAt <= (this.options.now ?? Date.now)();
  }

  private keyOf(request: KeyRequest): ApiKey | undefined {
    if (!this.found.has(request)) this.found.set(request, this.find(presentedKey(request)));
    return this.found.get(request);
  }

  private find(presented: string | undefined): ApiKey | undefined {
    if (presented === undefined) return undefined;
    const hash = createHash('sha256').update(presented).digest();
    // Not find(): it would stop at the match, and tell by its time where that is.
    return (this.file?.content ?? []).filter((key) => timingSafeEqual(key.hash, hash))[0];
  }
}

const callerWith = ({ scope, name }: ApiKey): Caller => ({ id: `${scope}:${name}`, name, scope });

/** RFC 6750, section 3. */
const CHALLENGE = 'Bearer realm="countersign"';
const INVALID = `${CHALLENGE}, error="invalid_token"`;

const unauthorized = (detail: string, challenge: string) =>
  new Problem(401, detail, { headers: { 'www-authenticate': challenge } });

/** The answer to a caller who is known and may not do this. */
export const forbidden = (needed: NeededScope) =>
  new Problem(403, `This needs ${keyFor(needed)}.`, {
    headers: { 'www-authenticate': `${CHALLENGE}, error="insufficient_scope", scope="${needed.scope}"` },
  });

const rank = (scope: KeyScope) => KEY_SCOPES.indexOf(scope);

function allows(key: ApiKey, { scope, workflow }: NeededScope): boolean {
  if (key.scope === 'function' && workflow !== undefined && !key.workflows.includes(workflow)) return false;
  return rank(key.scope) >= rank(scope);
}

function keyFor({ scope, workflow }: NeededScope): string {
  if (scope !== 'function') return `a ${scope} key`;
  return workflow === undefined ? 'a key' : `a function key that names ${workflow}, or a host key`;
}
