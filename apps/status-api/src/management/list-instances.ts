import { InstanceHistory } from '@countersign/jetstream';
import { Problem } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { InstanceList } from '../projection/instance-list';
import type { ListFilter } from '../projection/list-filter';
import { readToken, tokenOf } from '../projection/page-token';
import { Projection } from '../projection/projection';
import type { InstanceRow } from '../projection/row';
import { statusOfRow, type InstanceStatus } from './instance-status';
import { DEFAULT_ROWS, instantOf, type ListQuery, type PurgeQuery } from './queries';

/** Milliseconds to wait until the lists hold what is stored when a list is asked for. */
const CATCH_UP = 2_000;
/** Inputs that are read at once. */
const AT_ONCE = 50;

interface ListedPage {
  readonly instances: readonly InstanceStatus[];
  /** Gets the next page; left out on the last one. */
  readonly token?: string;
  /** Steps that the list does not know of yet; undefined while that is not known either. */
  readonly behind: number | undefined;
}

/** What every answer with a page of a list says. */
export const pageHeaders = ({ token, behind }: Pick<ListedPage, 'token' | 'behind'>) => ({
  'cache-control': 'no-store',
  'x-list-behind': behind ?? 'unknown',
  ...(token !== undefined && { 'x-ms-continuation-token': token }),
});

@Injectable()
export class ListInstances {
  constructor(
    private readonly list: InstanceList,
    private readonly projection: Projection,
    private readonly history: InstanceHistory,
  ) {}

  /** @throws Problem 400 for a token that does not fit */
  async run(
    query: ListQuery,
    token?: string,
    kind: 'instances' | 'entities' = 'instances',
  ): Promise<ListedPage> {
    const filter = { ...filterOf(query), entities: kind === 'entities' };
    const cursor = token ? readToken(filter, token) : undefined;
    if (typeof cursor === 'string')
      throw new Problem(400, `The continuation token ${cursor}.`, {
        errors: [{ field: 'x-ms-continuation-token', message: cursor }],
      });
    const current = await this.projection.caughtUp(CATCH_UP);
    const { rows, next } = await this.list.page(filter, query.top ?? DEFAULT_ROWS, cursor);
    const inputs = query.showInput === false ? [] : await this.inputsOf(rows);
    return {
      instances: rows.map((row, at) => statusOfRow(row, inputs[at] ?? null)),
      behind: current ? 0 : this.projection.behind,
      ...(next && { token: tokenOf(filter, next) }),
    };
  }

  private async inputsOf(rows: readonly InstanceRow[]): Promise<Json[]> {
    const inputs: Json[] = [];
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      const some = rows.slice(from, from + AT_ONCE);
      const started = await Promise.all(some.map(({ id }) => this.history.started(id)));
      inputs.push(...started.map((input) => input?.body.input ?? null));
    }
    return inputs;
  }
}

export function filterOf(query: ListQuery | PurgeQuery): ListFilter {
  const { createdTimeFrom, createdTimeTo, runtimeStatus: statuses } = query;
  const { instanceIdPrefix: idPrefix, workflow, q: text }: Partial<ListQuery> = query;
  return {
    createdFrom: createdTimeFrom === undefined ? undefined : instantOf(createdTimeFrom),
    createdTo: createdTimeTo === undefined ? undefined : instantOf(createdTimeTo),
    statuses,
    idPrefix: idPrefix || undefined,
    workflow: workflow || undefined,
    text: text || undefined,
  };
}
