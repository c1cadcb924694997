import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { CodedError, TerminalError } from '@countersign/workflow';
import { ValidateBy } from 'class-validator';

const VERSION = 'v1';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a text so that only who has the key can read it, and nobody can change it:
 * `v1.` + base64url(12 bytes of nonce, ciphertext, 16 bytes of tag), AES-256-GCM.
 *
 * @param key 32 bytes in base64
 * @throws CodedError `SealKeyInvalid`
 */
export function seal(text: string, key: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyBytes(key), iv);
  const sealed = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${VERSION}.${sealed.toString('base64url')}`;
}

/**
 * The inverse of {@link seal}.
 *
 * @throws CodedError `SealKeyInvalid`; TerminalError `SealBroken`: another key, or the text was altered
 */
export function unseal(sealed: string, key: string): string {
  const bytes = keyBytes(key);
  const data = Buffer.from(sealed.slice(VERSION.length + 1), 'base64url');
  if (!sealed.startsWith(`${VERSION}.`) || data.length < IV_BYTES + TAG_BYTES)
    throw new TerminalError('SealBroken', `This is not a sealed text of version ${VERSION}.`);
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, data.subarray(0, IV_BYTES));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const text = decipher.update(data.subarray(IV_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new TerminalError(
      'SealBroken',
      'The text was sealed with another key, or altered. Give every service the same TOKEN_KEY.',
      { cause },
    );
  }
}

/** class-validator: a key for {@link seal}. */
export const IsSealKey = () =>
  ValidateBy({
    name: 'isSealKey',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && decoded(value) !== undefined,
      defaultMessage: () => `must be ${KEY_BYTES} bytes in base64`,
    },
  });

function keyBytes(key: string): Buffer {
  const bytes = decoded(key);
  if (!bytes) throw new CodedError('SealKeyInvalid', `A sealing key must be ${KEY_BYTES} bytes in base64.`);
  return bytes;
}

function decoded(key: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]{43}=$/.test(key)) return undefined;
  return Buffer.from(key, 'base64');
}
