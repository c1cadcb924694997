/**
 * The origin of an instance is the `started` that its first step lists. While a coordinator reads, decides or stands still,
 * somebody may purge the instance. Nothing must begin it again then, and nothing must be left that would block its id for
 * ever (hazard 13).
 */
import type { InstanceSubjects } from '@countersign/contracts';
import { Execution } from '@countersign/workflow';
import type { ShardContext } from './options';
import type { Outbox } from './outbox';
import type { Pending } from './pending';

export class Origin {
  constructor(
    private readonly context: ShardContext,
    private readonly outbox: Outbox,
  ) {}

  /**
   * A start that nobody can have seen before needs no look at the journal: it is the first
   * message on its subject, was never delivered, and is young, so that nobody can have ended and
   * purged the instance while it was on its way. Losing R1 tells where that was wrong.
   *
   * @returns undefined where the journal is to be read
   */
  freshStart({ id }: InstanceSubjects, { input, isFresh }: Pending): Execution | undefined {
    if (input.body.type !== 'started' || !isFresh) return undefined;
    const { workflow, version } = input.body;
    const { clock, find, limits } = this.context;
    const age = Math.abs(clock.wall() - input.at);
    if (age > limits.ackWait / 2 || find(workflow, version) === undefined) return undefined;
    return new Execution(id, find);
  }

  /**
   * After a first step, before its commands go out: whether its `started` is still there. If not, the step is taken back,
   * and who keeps a copy of the instance is told.
   *
   * @param run sequence of `started`
   * @param step sequence of the step
   */
  async confirm(subjects: InstanceSubjects, run: number, step: number): Promise<boolean> {
    const { log } = this.context;
    const first = await log.first(subjects.input);
    if (first !== undefined && first.seq <= run) return true;
    await this.outbox.store(subjects.id, this.outbox.notice(subjects, step));
    await log.delete(step);
    return false;
  }

  /** Deletes inputs that no `started` precedes; they may be acknowledged then. */
  async deleteGhosts({ id }: InstanceSubjects, seqs: readonly number[]): Promise<void> {
    const { log, report } = this.context;
    if (seqs.length === 0) return;
    await Promise.all(seqs.map((seq) => log.delete(seq)));
    report({ kind: 'ghost', id, seqs });
  }
}
