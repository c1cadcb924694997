import { CodedError, TerminalError } from '@countersign/workflow';
import { RestError, TableClient, type TableEntityResult } from '@azure/data-tables';

/** Milliseconds that one request may take, its short retries included. */
const TIMEOUT = 10_000;
/** Short: who calls has a retry policy of its own. Delays in milliseconds. */
const RETRIES = { maxRetries: 2, retryDelayInMs: 100, maxRetryDelayInMs: 1_000 };
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export interface TableKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** A row and the version that it was read at. */
export interface Stored<Row> {
  readonly row: Row;
  readonly etag: string;
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

  /**
   * @param connectionString of a storage account; plain http only to a development server (see {@link openClient})
   * @throws CodedError `TableConnectionInvalid`
   */
  constructor(connectionString: string, name: string) {
    this.client = openClient(connectionString, name);
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

  /** `true` when the service answers, else why not: a readiness check. */
  async check(): Promise<true | string> {
    try {
      await this.get({ partitionKey: 'readiness', rowKey: 'readiness' });
      return true;
    } catch (error) {
      return (error as CodedError).message;
    }
  }

  private async attempt<T>(
    request: () => Promise<T>,
    answers: Readonly<Record<number, () => T | Promise<T>>> = {},
  ): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const answer = answers[(error as RestError).statusCode ?? 0];
      if (answer) return answer();
      throw failure(this.client.tableName, error);
    }
  }
}

const options = (signal?: AbortSignal) => {
  const timeout = AbortSignal.timeout(TIMEOUT);
  return { abortSignal: signal ? AbortSignal.any([signal, timeout]) : timeout };
};

const SYSTEM_COLUMNS = new Set(['etag', 'timestamp', 'partitionKey', 'rowKey', 'odata.metadata']);

function stored<Row extends object>(entity: TableEntityResult<Row>): Stored<Row> {
  const columns = Object.entries(entity).filter(([name]) => !SYSTEM_COLUMNS.has(name));
  return { row: Object.fromEntries(columns) as Row, etag: entity.etag };
}

function failure(table: string, cause: unknown): CodedError {
  const status = cause instanceof RestError ? cause.statusCode : undefined;
  const reason = cause instanceof Error ? firstLine(cause.message) : String(cause);
  if (status === 401 || status === 403)
    return new TerminalError(
      'TableRefused',
      `Azure Table refused access to ${table} (${status}): check TABLES_CONNECTION_STRING.`,
      { cause },
    );
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429)
    return new TerminalError('TableRefused', `Azure Table refused a request to ${table}: ${reason}`, {
      cause,
    });
  return new CodedError('TableUnavailable', `Azure Table ${table} cannot be reached: ${reason}`, {
    cause,
    retryable: true,
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, 300) ?? '';

/** http is for development: to loopback, or to a name without a dot (a container beside this one). */
function openClient(connectionString: string, name: string): TableClient {
  const open = (allowInsecureConnection: boolean) =>
    TableClient.fromConnectionString(connectionString, name, {
      allowInsecureConnection,
      retryOptions: RETRIES,
    });
  try {
    const { protocol, hostname } = new URL(open(false).url);
    if (protocol === 'https:') return open(false);
    if (LOOPBACK.has(hostname) || !hostname.includes('.')) return open(true);
  } catch (cause) {
    throw new CodedError('TableConnectionInvalid', 'This is not a connection string of a storage account.', {
      cause,
    });
  }
  throw new CodedError('TableConnectionInvalid', 'The connection to Azure Table must use https.');
}
