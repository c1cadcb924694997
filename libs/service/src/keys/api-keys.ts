import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isNativeError } from 'node:util/types';
import { CodedError } from '@countersign/workflow';
import { Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Problem } from '../problem';
import { type ApiKey, KEY_SCOPES, type KeyScope, parseKeyFile } from './key-file';
import { type KeyRequest, presentedKey } from './presented-key';

/** Milliseconds between two looks at the file. */
const POLL = 2_000;

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
 * The keys that callers may use, read from a file and again whenever it changes. The file is looked at
 * on a clock and not watched: Kubernetes replaces a mounted secret by swapping a symbolic link, of
 * which a watch on the file learns nothing.
 *
 * Kept as SHA-256: a key is 256 random bits, so there is nothing to guess that a slow or salted hash
 * would protect. A presented key is compared with every one that there is, each in constant time.
 */
export class ApiKeys implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Keys');
  private keys: readonly ApiKey[] = [];
  /** Outcome of the last look: text of the file, or the error. What did not change is not told twice. */
  private seen = '';
  private poll: NodeJS.Timeout | undefined;

  constructor(private readonly options: ApiKeysOptions) {}

  /** @throws CodedError `KeysInvalid` */
  async onModuleInit(): Promise<void> {
    const { file, pollMs = POLL } = this.options;
    if (file === undefined) return;
    this.seen = await textOf(file);
    this.keys = this.parse(this.seen, file);
    this.poll = setInterval(() => void this.reload(), pollMs).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.poll);
  }

  /** Looks at the file. What cannot be used leaves the keys as they are, and is logged. */
  async reload(): Promise<void> {
    const { file } = this.options;
    if (file === undefined) return;
    try {
      const text = await textOf(file);
      if (text === this.seen) return;
      this.seen = text;
      this.keys = this.parse(text, file);
      this.logger.log('keys reloaded', { keys: this.keys.map(({ scope, name }) => `${scope}:${name}`) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof CodedError && error.code === 'KeysUnreadable') {
        if (this.seen === message) return;
        this.seen = message;
      }
      this.logger.error(`The keys stay as they were. ${message}`);
    }
  }

  /**
   * Who sent the request.
   *
   * @throws Problem 401 when it carries no key, or one that is unknown or expired; 403 when the key is for less
   */
  authorize(request: KeyRequest, needed: NeededScope): Caller {
    const presented = presentedKey(request);
    if (presented === undefined)
      throw unauthorized(`Send ${keyFor(needed)} in the x-functions-key header.`, CHALLENGE);
    const key = this.find(presented);
    if (key === undefined) throw unauthorized('The key is not known.', INVALID);
    if (key.expiresAt <= (this.options.now ?? Date.now)())
      throw unauthorized('The key has expired.', INVALID);
    if (!allows(key, needed)) throw forbidden(needed);
    return { id: `${key.scope}:${key.name}`, name: key.name, scope: key.scope };
  }

  private find(presented: string): ApiKey | undefined {
    const hash = createHash('sha256').update(presented).digest();
    // Not find(): it would stop at the match, and tell by its time where that is.
    return this.keys.filter((key) => timingSafeEqual(key.hash, hash))[0];
  }

  private parse(text: string, file: string): readonly ApiKey[] {
    try {
      return parseKeyFile(text);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      throw new CodedError(
        error.code,
        `The file of keys ${file} (KEYS_FILE) is not valid: ${error.message}.`,
      );
    }
  }
}

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

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = isNativeError(cause) && 'code' in cause ? String(cause.code) : String(cause);
    throw new CodedError(
      'KeysUnreadable',
      `The file of keys ${file} (KEYS_FILE) cannot be read: ${why}. Make one with npm run keys.`,
      { cause },
    );
  }
}
