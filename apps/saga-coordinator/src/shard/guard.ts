import type { InstanceSubjects } from '@countersign/contracts';
import type { Execution } from '@countersign/workflow';
import type { ShardContext } from './options';
import type { Outbox } from './outbox';
import { acknowledge, type Pending } from './pending';

/** What the guards of a shard share. */
export interface GuardHost {
  readonly context: ShardContext;
  readonly outbox: Outbox;
  /** Inputs whose acknowledgement waits for their activities, in the whole shard. */
  watchdogBacklog: number;
}

/**
 * Acknowledges what is done. While an instance has open activities, a schedule (the watchdog) must
 * fail those whose `scheduleToClose` passes (hazard 5). Most activities are faster: the
 * acknowledgement waits for them a moment, and only then the watchdog is stored.
 *
 * An acknowledged input means that the watchdog is stored, so whoever loads the journal may take it
 * for granted. A suspended instance has none: what it fired would only be buffered.
 */
export class Guard {
  /** Their step is stored and published, but for the watchdog. */
  #waiting: Pending[] = [];
  #since: number | undefined;
  /** Due time of the stored watchdog. */
  #until: number | undefined;

  constructor(
    private readonly subjects: InstanceSubjects,
    private readonly host: GuardHost,
  ) {}

  get waiting(): readonly Pending[] {
    return this.#waiting;
  }

  /** Whether what waits has waited long enough. */
  isDue(now: number): boolean {
    return this.#since !== undefined && now - this.#since >= this.host.context.limits.watchdogDelay;
  }

  /** The journal was read: who acknowledged its inputs had stored the watchdog. */
  assume(execution: Execution): void {
    this.#until = deadlineOf(execution);
  }

  /** The watchdog fired, or it is not known whether there is one. */
  expire(): void {
    this.#until = undefined;
  }

  /** Whether the stored watchdog guards nothing any more. */
  isOver(execution: Execution): boolean {
    return this.#until !== undefined && deadlineOf(execution) === undefined;
  }

  /** @returns whether the watchdog should be stored at once. */
  settle(execution: Execution, done: readonly Pending[]): boolean {
    const { clock, limits } = this.host.context;
    const deadline = deadlineOf(execution);
    if (deadline === undefined) {
      this.#until = undefined;
      this.acknowledge();
    }
    if (deadline === undefined || this.#covers(deadline)) {
      acknowledge(done);
      return false;
    }
    this.#waiting.push(...done);
    this.host.watchdogBacklog += done.length;
    this.#since ??= clock.now();
    return this.host.watchdogBacklog > limits.watchdogBacklog || limits.cachedInstances === 0;
  }

  /** Stores the watchdog where it is needed, and acknowledges what waited for it. */
  async store(execution: Execution): Promise<void> {
    const deadline = deadlineOf(execution);
    if (deadline !== undefined && !this.#covers(deadline)) {
      const { outbox } = this.host;
      await outbox.store(this.subjects.id, outbox.watchdog(this.subjects, execution.run, deadline));
      this.#until = deadline;
    }
    this.acknowledge();
  }

  acknowledge(): void {
    acknowledge(this.release());
  }

  /** Forgets the watchdog and hands back what waits for it. */
  drop(): Pending[] {
    this.#until = undefined;
    return this.release();
  }

  private release(): Pending[] {
    const waiting = this.#waiting;
    this.host.watchdogBacklog -= waiting.length;
    this.#waiting = [];
    this.#since = undefined;
    return waiting;
  }

  #covers(deadline: number): boolean {
    return this.#until !== undefined && this.#until <= deadline;
  }
}

const deadlineOf = (execution: Execution): number | undefined =>
  execution.status === 'Suspended' ? undefined : execution.earliestDeadline();
