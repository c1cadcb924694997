import type { Compaction } from './compaction';
import type { ForcedEnd } from './forced-end';
import type { GuardHost } from './guard';
import type { Instance } from './instance';
import type { Journal } from './journal';
import type { ParkedReason } from './options';
import type { Origin } from './origin';
import type { Purge } from './purge';

/** What an instance asks of its shard. */
export interface Host extends GuardHost {
  readonly journal: Journal;
  readonly origin: Origin;
  readonly purge: Purge;
  readonly compaction: Compaction;
  readonly forcedEnd: ForcedEnd;
  /** Whether its marker is there. */
  isParked(instance: Instance): boolean;
  /** It wants {@link Instance.tick}. */
  attend(instance: Instance): void;
  /** It has nothing in hand any more. */
  idle(instance: Instance): void;
  /** Stores the marker; resolves when the instance may let go of its inputs. */
  park(instance: Instance, why: ParkedReason): Promise<void>;
  /** The instance went on: a marker, if there is one, has had its time. */
  unpark(instance: Instance): Promise<void>;
}
