/**
 * Purges instances that ended long ago.
 *
 * Looks through the shard's steps in the order of the stream, up to those that are too young, and
 * keeps in the stream how far it came. An instance whose newest step says that it has ended gets a
 * purge that names this step, and is ignored once there is a newer one (hazard 12). So nothing is
 * stored for an instance while it runs, or when it ends. Repeating any of it changes nothing.
 */
import { instanceIdOf, InstanceSubjects, retentionCursor, stepFilter } from '@countersign/contracts';
import { isTerminal, type Control, type Step, type StoredMessage } from '@countersign/workflow';
import type { ShardContext } from './options';
import type { Outbox } from './outbox';

/** Steps that one sweep looks at: a flood of purges would keep other inputs waiting. */
const BATCH = 500;

export class Retention {
  constructor(
    private readonly context: ShardContext,
    private readonly outbox: Outbox,
  ) {}

  /** Looks at the next steps. @throws whatever the log throws when JetStream cannot be asked. */
  async sweep(): Promise<void> {
    const { log, shard, clock, limits } = this.context;
    const before = clock.wall() - limits.retention;
    const cursor = retentionCursor(shard);
    const from = Number((await log.last(cursor))?.body ?? 1);
    const isOld = ({ at }: StoredMessage): boolean => at <= before;
    const [next] = await log.readSome(stepFilter(shard), from, 1);
    if (next === undefined || !isOld(next)) return;
    const old = (await log.readSome(stepFilter(shard), from, BATCH)).filter(isOld);
    const ended = old.filter(({ body }) => isTerminal((JSON.parse(body) as Step).status));
    await Promise.all(ended.map((step) => this.#purge(step)));
    const reached = Math.max(next.seq, ...old.map(({ seq }) => seq));
    await this.outbox.store('retention', { subject: cursor, body: String(reached + 1), rollup: true });
  }

  async #purge({ seq, subject }: StoredMessage): Promise<void> {
    const { log, shard } = this.context;
    if ((await log.last(subject))?.seq !== seq) return;
    const id = instanceIdOf(subject);
    const purge: Control = { type: 'purge', by: 'retention', onlyAfter: seq };
    const { input } = new InstanceSubjects(shard, id);
    await this.outbox.store(id, { subject: input, body: JSON.stringify(purge), msgId: `${id}/purge/${seq}` });
  }
}
