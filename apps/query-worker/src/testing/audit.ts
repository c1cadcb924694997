import { TableClient } from '@azure/data-tables';

export interface AuditRow {
  readonly partitionKey: string;
  readonly rowKey: string;
  readonly CertNumber?: string;
  readonly identificationNumber?: string;
}

/** Most rows of one transaction, which is of one partition. */
const TRANSACTION = 100;

export async function writeRows(
  connectionString: string,
  table: string,
  rows: readonly AuditRow[],
): Promise<void> {
  const client = TableClient.fromConnectionString(connectionString, table, { allowInsecureConnection: true });
  await client.createTable();
  for (const partition of Map.groupBy(rows, ({ partitionKey }) => partitionKey).values())
    for (let at = 0; at < partition.length; at += TRANSACTION)
      await client.submitTransaction(
        partition.slice(at, at + TRANSACTION).map((row) => ['upsert', { ...row }, 'Replace']),
      );
}

/** What the query means, in memory. */
export function counted(rows: readonly AuditRow[], start: string, end: string) {
  const found = rows.filter(
    ({ partitionKey, CertNumber }) => partitionKey >= start && partitionKey <= end && CertNumber !== '',
  );
  const values = found.flatMap(({ identificationNumber }) => identificationNumber ?? []);
  return { rows: found.length, distinct: new Set(values).size };
}
