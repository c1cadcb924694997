/**
 * Deletes an instance whose last step says that it is purged.
 *
 * 1. What an earlier step decided, and a coordinator did not live to publish, would be lost with it: it is published first.
 * 2. A parent that wants the id for its child, but came too late for the step, gets it: the start is stored once more.
 * 3. Who keeps a copy of the instance is told before the step that says so is gone.
 * 4. Only what is not newer than the step is deleted: the id may have been taken meanwhile.
 *
 * Repeating any of it changes nothing.
 */
import type { InstanceSubjects } from '@countersign/contracts';
import type { Decision } from '@countersign/workflow';
import { toInput, type Journal, type LoadedWell } from './journal';
import type { ShardContext } from './options';
import type { Outbox } from './outbox';

export class Purge {
  constructor(
    private readonly context: ShardContext,
    private readonly journal: Journal,
    private readonly outbox: Outbox,
  ) {}

  /**
   * @param step sequence of the last step, as the leader says; everything that is older is gone afterwards.
   * @throws whatever the log throws when JetStream cannot be asked; it may be called again.
   */
  async run(subjects: InstanceSubjects, step: number): Promise<void> {
    const { journal, outbox } = this;
    const loaded = await journal.load(subjects, { needed: [], atLeast: step, repeated: 'all' });
    if (loaded.kind === 'ok') {
      await outbox.publishAgain(subjects, loaded.execution, this.#recent(loaded.decisions));
      await this.#startAgain(subjects, loaded, step);
    }
    await outbox.store(subjects.id, outbox.notice(subjects, step));
    await outbox.purge(subjects.id, subjects.all, step + 1);
  }

  /** What may not have been published yet. */
  #recent(decisions: readonly Decision[]): readonly Decision[] {
    const newest = decisions.at(-1)?.step.updatedAt ?? 0;
    const since = newest - this.context.limits.surelyPublished;
    return decisions.filter(({ step }) => step.updatedAt >= since);
  }

  async #startAgain(
    subjects: InstanceSubjects,
    { execution, inputs }: LoadedWell,
    purge: number,
  ): Promise<void> {
    const newer = await this.context.log.readFromLeader(subjects.input, (inputs.at(-1)?.seq ?? 0) + 1);
    const all = [...inputs, ...newer.map(toInput).filter((input) => input !== undefined)];
    for (const { seq, body } of all) {
      if (seq > purge || execution.has(seq) || body.type !== 'started' || body.parent === undefined) continue;
      await this.outbox.store(subjects.id, { subject: subjects.input, body: JSON.stringify(body) });
    }
  }
}
