import { Table } from '@countersign/azure';
import { TerminalError } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { QueryWorkerConfig } from '../config';
import type { Slice } from './slices';
import type { CountedPage } from './tally';

/** What is read of a row; PartitionKey is its day, or a longer key that begins with it. */
interface AuditRow {
  readonly identificationNumber?: string | number | bigint | boolean | Date | null;
}

const CERTIFIED = "CertNumber ne ''";

/** The audit table: rows with a certificate, by day. */
@Injectable()
export class AuditTable {
  private readonly table: Table<AuditRow>;

  constructor(private readonly config: QueryWorkerConfig) {
    this.table = new Table(config.tables, config.auditTable);
  }

  /**
   * Streams the identification numbers of one part, page by page. A row without one counts as a row only.
   *
   * @param from `next` of an earlier page: reads on behind it
   * @throws TerminalError `AuditTableMissing`, and what `Table.pages` throws
   */
  async *pages({ range }: Slice, from?: string, signal?: AbortSignal): AsyncGenerator<CountedPage> {
    const { pageRows } = this.config;
    const query = { range, where: CERTIFIED, select: ['identificationNumber'], pageRows } as const;
    try {
      for await (const { rows, next } of this.table.pages(query, from, signal)) {
        const values = rows.flatMap(({ identificationNumber: value }) =>
          value === undefined || value === null ? [] : [String(value)],
        );
        yield { values, rows: rows.length, ...(next !== undefined && { next }) };
      }
    } catch (error) {
      throw this.explained(error);
    }
  }

  check(): Promise<true | string> {
    return this.table.check();
  }

  /** A missing table is a wrong setting, not an empty one: nobody gets a number that means nothing. */
  private explained(error: unknown): unknown {
    if (!(error instanceof TerminalError) || error.code !== 'TableMissing') return error;
    const message = `There is no table ${this.config.auditTable}: check AUDIT_TABLE and TABLES_CONNECTION_STRING.`;
    return new TerminalError('AuditTableMissing', message, { cause: error });
  }
}
