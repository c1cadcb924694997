import { keyHolder, type Person } from '@countersign/contracts';
import type { Callers } from '../callers/callers';

type Known = ReturnType<Callers['identify']>;

/** A caller with a key, as approvers are known; undefined for anybody else. */
export const personOf = (caller: Known): Person | undefined =>
  caller.scope === 'anonymous' ? undefined : keyHolder(caller.name);
