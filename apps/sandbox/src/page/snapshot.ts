import { Inject, Injectable } from '@nestjs/common';
import { auditTime, map, merge, startWith, type Observable } from 'rxjs';
import { FaultBoard, type FaultMode, type FaultTarget } from '../control/fault-board';
import { Journal } from '../journal/journal';
import { COLUMNS, type Column } from './column';
import { Dialogs, type Dialog } from './dialogs';

/** Milliseconds within which changes are gathered into one event. */
const GATHER = 100;

/** What the page shows at one moment. */
export interface Snapshot {
  readonly columns: readonly {
    readonly target: FaultTarget;
    readonly heading: string;
    readonly cards: readonly { readonly id: string; readonly markup: string }[];
    readonly fault: { readonly mode: FaultMode; readonly secondsLeft?: number };
  }[];
  readonly dialogs: readonly Dialog[];
}

@Injectable()
export class Snapshots {
  constructor(
    @Inject(COLUMNS) readonly columns: readonly Column[],
    private readonly journal: Journal,
    private readonly faults: FaultBoard,
    private readonly dialogs: Dialogs,
  ) {}

  /** The state now, then after every change; completes when the service shuts down. */
  stream(): Observable<Snapshot> {
    const changes = merge(this.journal.changes, this.faults.changes).pipe(auditTime(GATHER));
    return changes.pipe(
      startWith(undefined),
      map(() => this.take()),
    );
  }

  private take(): Snapshot {
    return {
      columns: this.columns.map((column) => ({
        target: column.target,
        heading: column.heading().text,
        cards: column.cards().map(({ id, markup }) => ({ id, markup: markup.text })),
        fault: this.fault(column.target),
      })),
      dialogs: this.dialogs.list(),
    };
  }

  private fault(target: FaultTarget): Snapshot['columns'][number]['fault'] {
    const fault = this.faults.current(target);
    if (fault === undefined) return { mode: 'off' };
    const { mode, until } = fault;
    return until === undefined ? { mode } : { mode, secondsLeft: Math.max(0, (until - Date.now()) / 1000) };
  }
}
