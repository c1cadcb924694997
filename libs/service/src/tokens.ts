/**
 * Approval tokens: `base64url(32 random bytes) . base64url(instance id)`. A token names its instance,
 * so nobody needs a table to route a click; the random part is what makes it a secret. It is known
 * elsewhere by its hash only.
 */
import { createHash, randomBytes } from 'node:crypto';
import { instanceIdProblem } from '@countersign/contracts';

const SECRET_BYTES = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A new token; never derived from anything, never ordered by time. */
export function makeToken(instanceId: string): string {
  return `${randomBytes(SECRET_BYTES).toString('base64url')}.${Buffer.from(instanceId).toString('base64url')}`;
}

/** Lower-case hexadecimal SHA-256 of the whole token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The instance that a token names, or undefined when the text is no token. Proves nothing: compare the hash. */
export function instanceOfToken(token: string): string | undefined {
  const [secret = '', name = '', ...rest] = token.split('.');
  if (rest.length > 0 || decode(secret)?.length !== SECRET_BYTES) return undefined;
  const bytes = decode(name);
  if (!bytes) return undefined;
  try {
    const id = utf8.decode(bytes);
    return instanceIdProblem(id) === undefined ? id : undefined;
  } catch {
    return undefined; // not UTF-8
  }
}

/** Only the one spelling that {@link makeToken} writes. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
