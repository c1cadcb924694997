import { WorkflowClient } from '@countersign/jetstream';
import { Problem } from '@countersign/service';
import { isTerminal, STATUSES } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { InstanceList } from '../projection/instance-list';
import type { Cursor } from '../projection/page-token';
import { Projection } from '../projection/projection';
import { checkInstanceId, unknownInstance } from './checks';
import { filterOf } from './list-instances';
import type { PurgeQuery } from './queries';

/** Milliseconds to wait until an instance is gone. */
const GONE_WAIT = 5_000;
const CATCH_UP = 2_000;
const PAGE = 500;
/** Instances that are purged at once. */
const AT_ONCE = 32;

/** As Durable Functions calls it. */
export interface PurgeHistoryResult {
  readonly instancesDeleted: number;
}

/**
 * `pending`: the purge is stored, and nobody has carried it out yet. `changed`: it went on since it was
 * listed.
 */
export type Outcome = 'purged' | 'pending' | 'running' | 'unknown' | 'changed';

/** Deletes instances that have ended, with everything that is stored of them. */
@Injectable()
export class PurgeInstances {
  constructor(
    private readonly client: WorkflowClient,
    private readonly list: InstanceList,
    private readonly projection: Projection,
  ) {}

  /**
   * @returns whether it is gone; if not, it will be
   * @throws Problem 400, 404, 409 while the instance goes on
   */
  async one(id: string, by: string): Promise<boolean> {
    checkInstanceId(id);
    const outcome = await this.purge(id, by);
    if (outcome === 'unknown') throw unknownInstance();
    if (outcome === 'running')
      throw new Problem(409, 'Only an instance that has ended can be purged. Terminate it first.');
    return outcome === 'purged';
  }

  /**
   * Those that have ended among the instances that a list with this filter would show now.
   *
   * @returns how many are gone
   */
  async many(query: PurgeQuery, by: string): Promise<number> {
    const statuses = (query.runtimeStatus ?? STATUSES).filter(isTerminal);
    const filter = { ...filterOf(query), statuses };
    await this.projection.caughtUp(CATCH_UP);
    let purged = 0;
    let cursor: Cursor | undefined;
    do {
      const { rows, next } = await this.list.page(filter, PAGE, cursor);
      const left = [...rows];
      const workers = Array.from({ length: AT_ONCE }, async () => {
        for (let row = left.pop(); row !== undefined; row = left.pop())
          if ((await this.purge(row.id, by, row.seq)) === 'purged') purged++;
      });
      await Promise.all(workers);
      cursor = next;
    } while (cursor !== undefined);
    return purged;
  }

  /**
   * What was seen to have ended is purged, and nothing that came of it since: a rewind wins (hazard 12).
   *
   * @param listed the step that it must still be at
   */
  async purge(id: string, by: string, listed?: number): Promise<Outcome> {
    for (;;) {
      const view = await this.client.read(id, Infinity);
      if (view === undefined) return 'unknown';
      if (listed !== undefined && view.seq !== listed) return 'changed';
      if (!isTerminal(view.status)) return 'running';
      await this.client.control(id, { type: 'purge', onlyAfter: view.seq, by });
      const purged = await this.client.purged(id, view.seq, GONE_WAIT);
      if (purged !== 'superseded') return purged ? 'purged' : 'pending';
    }
  }
}
