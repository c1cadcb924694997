/**
 * Deletes what an instance that continued as new does not need any more, so that one that runs for
 * ever does not grow.
 *
 * 1. Replay begins at the newest continuation. What is older than another one that is older than
 *    `surelyPublished` is deleted: what younger steps decided may still have to be published again.
 * 2. Inputs go before the steps that list them: nothing is left that no step lists.
 * 3. Kept are the `started`, what opened a run, and what a continuation applies again.
 */
import type { InstanceSubjects } from '@countersign/contracts';
import { toErrorData, type InputBody } from '@countersign/workflow';
import { keptBy, listedBy, toEntry } from './journal';
import type { ShardContext } from './options';
import type { Outbox } from './outbox';

/** Deletions that are under way at once. */
const AT_ONCE = 100;

export class Compaction {
  /** Clock time of the newest run, while the instance is in the cache. */
  readonly #newest = new WeakMap<InstanceSubjects, number>();

  constructor(
    private readonly context: ShardContext,
    private readonly outbox: Outbox,
  ) {}

  /** Does something now and then, however often it is called. Never throws: what fails is reported, and left to a later call. */
  async run(subjects: InstanceSubjects): Promise<void> {
    const { clock, limits } = this.context;
    const now = clock.now();
    if (now - (this.#newest.get(subjects) ?? -Infinity) < limits.surelyPublished / 2) return;
    this.#newest.set(subjects, now);
    try {
      await this.#deleteOld(subjects);
    } catch (error) {
      this.context.report({ kind: 'retrying', id: subjects.id, reason: toErrorData(error).message });
    }
  }

  async #deleteOld(subjects: InstanceSubjects): Promise<void> {
    const { log, limits } = this.context;
    const steps = (await log.read(subjects.step)).map(toEntry);
    const oldest = (steps.at(-1)?.step.updatedAt ?? 0) - limits.surelyPublished;
    const end = steps.findLastIndex(({ step }) => step.continued !== undefined && step.updatedAt <= oldest);
    if (end <= 0) return;
    const kept = new Set(keptBy(steps.slice(end)));
    const over = new Set(listedBy(steps.slice(0, end + 1)));
    const inputs = (await log.read(subjects.input)).filter(({ seq }) => over.has(seq) && !kept.has(seq));
    const seqs = inputs
      .filter(({ body }) => (JSON.parse(body) as InputBody).type !== 'started')
      .map(({ seq }) => seq);
    for (let i = 0; i < seqs.length; i += AT_ONCE)
      await Promise.all(seqs.slice(i, i + AT_ONCE).map((seq) => log.delete(seq)));
    await this.outbox.purge(subjects.id, subjects.step, steps[end]!.seq);
  }
}
