import { type CodedError, TerminalError } from '@countersign/workflow';
import { odata, TableClient, type TableEntityResult } from '@azure/data-tables';
import { bounded } from './bounded';
import { openClient } from './connection';
import { attempting, RETRIES, within } from './failure';

/** Milliseconds that one request may take, its short retries included. */
const TIMEOUT = 10_000;
/** A page of a query that has to look at many rows takes longer. */
const PAGE_TIMEOUT = 60_000;
/** Most rows that the service gives in one answer. */
export const MAX_PAGE_ROWS = 1_000;

export interface TableKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** A row and the version that it was read at. */
export interface Stored<Row> {
  readonly row: Row;
  readonly etag: string;
}

/** Keys of partitions in the order of the service: from the first one included to the last one. */
export interface PartitionRange {
  readonly from: string;
  /** The end: included with `le`, excluded with `lt`. */
  readonly to: { readonly le: string } | { readonly lt: string };
}

export interface Query<Column extends string> {
  readonly range: PartitionRange;
  /** A condition of its own beside the range, in OData: `CertNumber ne ''`. */
  readonly where?: string;
  /** The columns that are wanted; a row has those that it holds. */
  readonly select: readonly Column[];
  /** Default and most: 1,000. */
  readonly pageRows?: number;
}

/** What one answer held. */
export interface Page<Row> {
  /** Perhaps none: the service answers before it has looked at all rows. */
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined after the last one. */
  readonly next?: string;
}

/**
 * One Azure table. Writes are conditional, and a condition that does not hold is an answer, not an
 * error. A write may have happened although the answer says that its condition failed: the client
 * repeats a request whose answer was lost. So whoever is refused reads again before concluding.
 *
 * A table that does not exist reads as empty and is created by the first insert.
 *
 * Every method throws CodedError `TableUnavailable` (retryable) when the service cannot be reached or
 * has failed, TerminalError `TableRefused` when it refuses the credentials or the request.
 */
export class Table<Row extends object> {
  private readonly client: TableClient;
  private readonly attempt: ReturnType<typeof attempting>;

  /**
   * @param connectionString of a storage account; plain http only to a development server (see connection.ts)
   * @throws CodedError `TableConnectionInvalid`
   */
  constructor(connectionString: string, name: string) {
    this.client = openClient('Table', (allowInsecureConnection) =>
      TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection, retryOptions }),
    );
    this.attempt = attempting({ service: 'Table', name, setting: 'TABLES_CONNECTION_STRING' });
  }

  /** The row of a key, or undefined when there is none. */
  async get({ partitionKey, rowKey }: TableKey, signal?: AbortSignal): Promise<Stored<Row> | undefined> {
    return this.attempt(
      async () => {
        const entity = await this.client.getEntity<Row>(partitionKey, rowKey, options(signal));
        return stored<Row>(entity);
      },
      { 404: () => undefined },
    );
  }

  /** Writes a new row; false when the key is taken. */
  async insert(key: TableKey, row: Row, signal?: AbortSignal): Promise<boolean> {
    const create = async () => {
      await this.client.createEntity({ ...row, ...key }, options(signal));
      return true;
    };
    const taken = () => false;
    return this.attempt(create, {
      409: taken,
      404: async () => {
        await this.attempt(() => this.client.createTable(options(signal)));
        return this.attempt(create, { 409: taken });
      },
    });
  }

  /** Writes a row in place of the version that was read; false when it changed or vanished since. */
  async replace(key: TableKey, row: Row, etag: string, signal?: AbortSignal): Promise<boolean> {
    const gone = () => false;
    return this.attempt(
      async () => {
        await this.client.updateEntity({ ...row, ...key }, 'Replace', { ...options(signal), etag });
        return true;
      },
      { 404: gone, 412: gone },
    );
  }

  /**
   * Streams the rows of a query page by page, in the order of their keys; nothing is kept.
   *
   * @param from `next` of an earlier page: reads on behind it, in this process or another
   * @throws TerminalError `TableMissing`
   */
  async *pages<Column extends string & keyof Row>(
    query: Query<Column>,
    from?: string,
    signal?: AbortSignal,
  ): AsyncGenerator<Page<Pick<Row, Column>>, void, undefined> {
    let next = from;
    do {
      const page = await this.page<Column>(query, next, signal);
      next = page.next;
      yield page;
    } while (next !== undefined);
  }

  /** `true` when the service answers, else why not: a readiness check. */
  async check(): Promise<true | string> {
    try {
      await this.get({ partitionKey: 'readiness', rowKey: 'readiness' });
      return true;
    } catch (error) {
      return (error as CodedError).message;
    }
  }

  private async page<Column extends string & keyof Row>(
    { range, where, select, pageRows = MAX_PAGE_ROWS }: Query<Column>,
    from: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Page<Pick<Row, Column>>> {
    const filter = [filterOf(range), ...(where === undefined ? [] : [`(${where})`])].join(' and ');
    const settings = { maxPageSize: pageRows, ...(from !== undefined && { continuationToken: from }) };
    const request = async (abortSignal: AbortSignal) => {
      const queryOptions = { filter, select: [...select] };
      const listed = this.client.listEntities<Pick<Row, Column>>({ queryOptions, abortSignal });
      const { value } = await listed.byPage(settings).next();
      const rows = (value ?? []) as readonly Pick<Row, Column>[];
      const next = (value as { continuationToken?: string } | undefined)?.continuationToken;
      return { rows, ...(next !== undefined && { next }) };
    };
    return this.attempt(() => bounded(PAGE_TIMEOUT, signal, request), {
      404: () => {
        throw new TerminalError('TableMissing', `There is no table ${this.client.tableName}.`);
      },
    });
  }
}

const retryOptions = {
  maxRetries: RETRIES.tries - 1,
  retryDelayInMs: RETRIES.delay,
  maxRetryDelayInMs: RETRIES.maxDelay,
};

const options = (signal?: AbortSignal) => ({ abortSignal: within(TIMEOUT, signal) });

const filterOf = ({ from, to }: PartitionRange): string =>
  'le' in to
    ? odata`PartitionKey ge ${from} and PartitionKey le ${to.le}`
    : odata`PartitionKey ge ${from} and PartitionKey lt ${to.lt}`;

const SYSTEM_COLUMNS = new Set(['etag', 'timestamp', 'partitionKey', 'rowKey', 'odata.metadata']);

function stored<Row extends object>(entity: TableEntityResult<Row>): Stored<Row> {
  const columns = Object.entries(entity).filter(([name]) => !SYSTEM_COLUMNS.has(name));
  return { row: Object.fromEntries(columns) as Row, etag: entity.etag };
}
