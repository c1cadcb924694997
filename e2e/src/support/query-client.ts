/** What clients of the query do: submit, poll, listen. */
import { eventually } from '@countersign/testing';
import { type Requester, requester } from './request';
import type { TestStack } from './test-stack';

/** What a query needs to run. */
export const QUERY_SERVICES = ['ingestion', 'saga-coordinator', 'status-api', 'query-worker'] as const;

/** All that a public status may hold. */
export interface PublicStatus {
  readonly id: string;
  readonly status: string;
  readonly customStatus: unknown;
  readonly result: unknown;
  readonly error?: { readonly code: string; readonly message: string };
  readonly progress?: Progress;
}

export interface Progress {
  readonly partitions: number;
  readonly partitionsDone: number;
  readonly rows: number;
  readonly distinct: number;
}

export interface PolledStatus {
  readonly status: number;
  readonly headers: Headers;
  readonly body: PublicStatus;
}

export interface ServerSentEvent {
  readonly type: string;
  readonly id: string;
  readonly data: PublicStatus;
}

export class QueryClient {
  readonly request: Requester;

  constructor(private readonly stack: TestStack) {
    this.request = requester(stack.url);
  }

  /** @returns the id of the started query. @param range as in `s=…&e=…` */
  async submitted(range: string): Promise<string> {
    const { status, body } = await this.request('GET', `/api/submit/query?${range}`);
    if (status !== 202) throw new Error(`Not started: ${status} ${JSON.stringify(body)}`);
    return this.idIn((body as { statusUri: string }).statusUri);
  }

  idIn(statusUri: string): string {
    return statusUri.slice(`${this.stack.url}/api/status/`.length);
  }

  async status(id: string, headers?: Record<string, string>, query = ''): Promise<PolledStatus> {
    const answer = await this.request('GET', `/api/status/${id}${query}`, undefined, headers);
    return { ...answer, body: answer.body as PublicStatus };
  }

  /** Resolves with the last status. */
  ended(id: string, patience?: number): Promise<PolledStatus> {
    return eventually(
      () => this.status(id),
      ({ status }) => status === 200,
      patience,
    );
  }

  /** Events until the server ends the stream. Breaking off closes the connection. */
  async *events(id: string, lastEventId?: string): AsyncGenerator<ServerSentEvent> {
    const connection = new AbortController();
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const { signal } = connection;
    const response = await fetch(`${this.stack.url}/api/status/${id}/events`, { headers, signal });
    if (response.status !== 200 || response.body === null) throw new Error(`No events: ${response.status}`);
    let text = '';
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const event = parsed(block);
          if (event !== undefined) yield event;
        }
      }
    } finally {
      connection.abort();
    }
  }
}

/** Undefined for what is only a comment, or how soon to connect again. */
function parsed(block: string): ServerSentEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)] as const;
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  const [type, id] = [fields.get('event') ?? 'message', fields.get('id') ?? ''];
  return { type, id, data: JSON.parse(data) as PublicStatus };
}
