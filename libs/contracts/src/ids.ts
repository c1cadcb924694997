/** Instance ids on the wire: what they may be, how they become one subject token, which shard holds them. */

/** Longest instance id in UTF-16 units (the limit of Durable Functions). */
export const MAX_INSTANCE_ID = 256;

const SAFE = /^[A-Za-z0-9_-]+$/;
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Why a text cannot be an instance id, or undefined when it can.
 * Source: Durable Functions allows 1 to 256 characters, no leading `@`, no `/ \ # ?` and no control characters.
 */
export function instanceIdProblem(id: string): string | undefined {
  if (id.length === 0) return 'must not be empty';
  if (id.length > MAX_INSTANCE_ID) return `must have at most ${MAX_INSTANCE_ID} characters`;
  if (id === '.' || id === '..') return 'must not be . or .. (no address can carry them)';
  if (id.startsWith('@')) return 'must not start with @';
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[/\\#?\u0000-\u001f\u007f-\u009f]/.test(id)) return 'must not contain / \\ # ? or control characters';
  if (!id.isWellFormed()) return 'must be well-formed Unicode';
  return undefined;
}

/** Makes an instance id one subject token: letters, digits, `_` and `-` stay, other bytes become `=HH`. */
export function encodeId(id: string): string {
  if (SAFE.test(id)) return id;
  let token = '';
  for (const byte of utf8.encode(id)) {
    const char = String.fromCharCode(byte);
    token += SAFE.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** The inverse of {@link encodeId}. */
export function decodeId(token: string): string {
  if (!token.includes('=')) return token;
  const bytes: number[] = [];
  for (let i = 0; i < token.length; i++) {
    if (token[i] === '=') {
      bytes.push(Number.parseInt(token.slice(i + 1, i + 3), 16));
      i += 2;
    } else bytes.push(token.charCodeAt(i));
  }
  return fromUtf8.decode(new Uint8Array(bytes));
}

/** The shard of an instance: FNV-1a over its encoded id, modulo the shard count. Stable for ever. */
export function shardOf(id: string, shards: number): number {
  if (shards === 1) return 0;
  let hash = 0x811c9dc5;
  const token = encodeId(id);
  for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}
