/**
 * Pages of the instances in the projection, in the order in which they were started (createdAt, then
 * id), which no step changes. A listing ends at the youngest instance that there was when it began.
 *
 * So, however many pages it takes and whatever is started meanwhile: nobody is listed twice, and
 * nobody is left out who was there at the beginning and fits when his page is read.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { conditionOf, type Condition, type ListFilter } from './list-filter';
import type { Cursor } from './page-token';
import { Projection } from './projection';
import type { InstanceRow } from './row';

export interface Page {
  readonly rows: readonly InstanceRow[];
  /** Where the next page begins; left out on the last one. */
  readonly next?: Cursor;
}

type Place = readonly [createdAt: number, id: string];

/** Rows that are looked at in one go: some milliseconds, in which nothing else is answered. */
const CHUNK = 5_000;
/** A page ends early, with a token, when its texts have about this many characters. */
const MAX_PAGE_LENGTH = 8 * 1024 * 1024;

@Injectable()
export class InstanceList {
  constructor(private readonly projection: Projection) {}

  /** @param top most rows of the page */
  async page(filter: ListFilter, top: number, cursor?: Cursor): Promise<Page> {
    const bound = cursor?.bound ?? this.youngest();
    const end = Math.min(bound, filter.createdTo ?? Infinity);
    const condition = conditionOf(filter);
    // No id is empty: what was created at this very time comes after it.
    let place: Place = cursor ? [cursor.createdAt, cursor.id] : [filter.createdFrom ?? 0, ''];
    const rows: InstanceRow[] = [];
    let length = 0;
    for (;;) {
      const chunkEnd = this.placeAfter(place, end);
      for (const row of this.chunk(condition, place, chunkEnd ?? [end + 1, ''])) {
        const last = rows.at(-1);
        if (last !== undefined && (rows.length === top || length > MAX_PAGE_LENGTH))
          return { rows, next: { createdAt: last.createdAt, id: last.id, bound } };
        rows.push(row);
        length += lengthOf(row);
      }
      if (chunkEnd === undefined) return { rows };
      place = chunkEnd;
      await nextTurn();
    }
  }

  private youngest(): number {
    const [row] = this.projection.store.rows<{ youngest: number | null }>(
      'SELECT max(createdAt) AS youngest FROM instances',
      [],
    );
    return row?.youngest ?? 0;
  }

  /** The place so many rows further on; undefined when the list ends before. */
  private placeAfter(place: Place, end: number): Place | undefined {
    const [row] = this.projection.store.rows<Pick<InstanceRow, 'createdAt' | 'id'>>(
      `SELECT createdAt, id FROM instances WHERE (createdAt, id) > (?, ?) AND createdAt <= ?
       ORDER BY createdAt, id LIMIT 1 OFFSET ${CHUNK - 1}`,
      [...place, end],
    );
    return row && [row.createdAt, row.id];
  }

  /** Rows after a place, up to and with another one. */
  private chunk({ sql, parameters }: Condition, after: Place, upTo: Place): Iterable<InstanceRow> {
    return this.projection.store.rows<InstanceRow>(
      `SELECT id, shard, seq, workflow, status, createdAt, updatedAt, customStatus, error, output
       FROM instances WHERE (createdAt, id) > (?, ?) AND (createdAt, id) <= (?, ?) AND ${sql}
       ORDER BY createdAt, id`,
      [...after, ...upTo, ...parameters],
    );
  }
}

const lengthOf = ({ customStatus, error, output }: InstanceRow): number =>
  (customStatus?.length ?? 0) + (error?.length ?? 0) + (output?.length ?? 0);
