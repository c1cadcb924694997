import { createHash } from 'node:crypto';
import { stringify } from 'safe-stable-stringify';
import type { ListFilter } from './list-filter';

/** Where a listing goes on. Instances are listed in the order in which they were started. */
export interface Cursor {
  /** The last instance that was listed. */
  readonly createdAt: number;
  readonly id: string;
  /** Instances that were started later are not part of this listing. */
  readonly bound: number;
}

type Packed = [digest: string, createdAt: number, id: string, bound: number];

/** An opaque text that only fits the filter that it was given for. */
export function tokenOf(filter: ListFilter, { createdAt, id, bound }: Cursor): string {
  const packed: Packed = [digestOf(filter), createdAt, id, bound];
  return Buffer.from(JSON.stringify(packed)).toString('base64url');
}

/** What is in a token, or what is wrong with it. */
export function readToken(filter: ListFilter, token: string): Cursor | string {
  const packed = unpacked(token);
  if (packed === undefined) return 'is not a token of this list';
  const [digest, createdAt, id, bound] = packed;
  if (digest !== digestOf(filter)) return 'belongs to a list with another filter; begin anew without it';
  return { createdAt, id, bound };
}

function unpacked(token: string): Packed | undefined {
  try {
    const packed = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown;
    return isPacked(packed) ? packed : undefined;
  } catch {
    return undefined;
  }
}

function isPacked(value: unknown): value is Packed {
  if (!Array.isArray(value) || value.length !== 4) return false;
  const [digest, createdAt, id, bound] = value as unknown[];
  const numbers = Number.isSafeInteger(createdAt) && Number.isSafeInteger(bound);
  return typeof digest === 'string' && typeof id === 'string' && numbers;
}

const digestOf = (filter: ListFilter): string =>
  createHash('sha256').update(stringify(filter)).digest('base64url').slice(0, 16);
