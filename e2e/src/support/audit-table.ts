import { odata, TableClient } from '@azure/data-tables';
import { storageOf } from './storage';
import type { TestStack } from './test-stack';

interface AuditRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly CertNumber: string;
  readonly identificationNumber: string;
}

/** A table of the stack's own Azurite, beside the services. */
export const tableOf = (stack: TestStack, name: string): TableClient =>
  TableClient.fromConnectionString(storageOf(stack), name, { allowInsecureConnection: true });

/** The table that the queries count, read and written without any code of the product. */
export class AuditTable {
  private readonly table: TableClient;

  constructor(stack: TestStack) {
    this.table = tableOf(stack, 'audit');
  }

  async create(): Promise<void> {
    await this.table.createTable();
  }

  async drop(): Promise<void> {
    await this.table.deleteTable();
  }

  /** Rows of one day (`YYYY-MM-DD`), one for each person. */
  async add(day: string, people: readonly string[]): Promise<void> {
    const rows = people.map((identificationNumber, row) => ({
      partitionKey: day,
      rowKey: String(row).padStart(4, '0'),
      CertNumber: `C-${row}`,
      identificationNumber,
    }));
    await this.table.submitTransaction(rows.map((row) => ['upsert', row, 'Replace']));
  }

  /** Every row between two days (`YYYY-MM-DD`), both included. */
  async rows(start: string, end: string): Promise<AuditRow[]> {
    const filter = odata`PartitionKey ge ${start} and PartitionKey le ${end}`;
    const rows: AuditRow[] = [];
    for await (const row of this.table.listEntities<AuditRow>({ queryOptions: { filter } })) rows.push(row);
    return rows;
  }
}

/** What a query between two days has to answer. */
export const distinctPeople = (rows: readonly AuditRow[], start: string, end: string): number =>
  new Set(
    rows
      .filter(
        ({ partitionKey, CertNumber }) => partitionKey >= start && partitionKey <= end && CertNumber !== '',
      )
      .map(({ identificationNumber }) => identificationNumber),
  ).size;
