import type { RuntimeStatus } from '@countersign/workflow';

/** Which instances a list shows; every condition that is set must hold. Times in milliseconds, both included. */
export interface ListFilter {
  readonly createdFrom?: number | undefined;
  readonly createdTo?: number | undefined;
  readonly statuses?: readonly RuntimeStatus[] | undefined;
  readonly idPrefix?: string | undefined;
  readonly workflow?: string | undefined;
  /** A text in id, workflow, custom status or error; capital letters of ASCII count as small ones. */
  readonly text?: string | undefined;
  /** Shows entities, and nothing else; without it, everything but entities. */
  readonly entities?: boolean | undefined;
}

export interface Condition {
  readonly sql: string;
  readonly parameters: readonly (string | number)[];
}

/** Everything of a filter but the times, which are an instance's place in the list. */
export function conditionOf({ statuses, idPrefix, workflow, text, entities = false }: ListFilter): Condition {
  const conditions: Condition[] = [];
  const add = (sql: string, ...parameters: string[]) => conditions.push({ sql, parameters });
  conditions.push({ sql: `id ${entities ? '' : 'NOT '}LIKE '@%'`, parameters: [] });
  if (statuses !== undefined) add(`status IN (${statuses.map(() => '?').join(', ')})`, ...statuses);
  if (idPrefix !== undefined) add('substr(id, 1, length(?)) = ?', idPrefix, idPrefix);
  if (workflow !== undefined) add('workflow = ?', workflow);
  if (text !== undefined) {
    const fields = ['id', 'workflow', 'customStatus', 'error'];
    const like = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
    add(`(${fields.map((field) => `${field} LIKE ? ESCAPE '\\'`).join(' OR ')})`, ...fields.map(() => like));
  }
  return {
    sql: ['1', ...conditions.map(({ sql }) => sql)].join(' AND '),
    parameters: conditions.flatMap(({ parameters }) => parameters),
  };
}
