/** What operators do, by the Durable Functions HTTP API. */
import { MANAGEMENT_PREFIX, type ManagementLinks } from '@countersign/contracts';
import { eventually } from '@countersign/testing';
import { type Answer, requester } from './request';
import type { TestStack } from './test-stack';

export interface HistoryEvent {
  readonly EventType: string;
  readonly Name?: string;
  readonly FunctionName?: string;
  readonly Outcome?: string;
  readonly Reason?: string;
  readonly Input?: unknown;
  readonly Result?: unknown;
}

export interface InstanceStatus {
  readonly name: string;
  readonly instanceId: string;
  readonly runtimeStatus: string;
  readonly input: unknown;
  readonly customStatus: unknown;
  readonly output: unknown;
  readonly createdTime: string;
  readonly lastUpdatedTime: string;
  readonly error?: { readonly code: string };
  readonly historyEvents?: readonly HistoryEvent[];
}

export const TERMINAL = ['Completed', 'Failed', 'Terminated', 'Canceled'];

/** Of a list that never ends. */
const MOST_PAGES = 20;

export class Management {
  readonly prefix: string;

  constructor(private readonly stack: TestStack) {
    this.prefix = stack.url + MANAGEMENT_PREFIX;
  }

  /** @param path under the prefix */
  ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const key = { 'x-functions-key': this.stack.keys.systemKey };
    return requester(this.stack.url)(method, this.prefix + path, body, { ...key, ...headers });
  }

  async started(workflow: string, input: unknown, id = ''): Promise<ManagementLinks> {
    const { status, body } = await this.ask('POST', `/orchestrators/${workflow}${id && `/${id}`}`, input);
    if (status !== 202) throw new Error(`Not started: ${status} ${JSON.stringify(body)}`);
    return body as ManagementLinks;
  }

  /** Follows a link of the payload: no header, nothing but what is in the link. */
  follow(method: string, link: string, body?: unknown): Promise<Answer> {
    return requester(this.stack.url)(method, link, body);
  }

  async status(id: string, query = ''): Promise<InstanceStatus> {
    return (await this.ask('GET', `/instances/${id}${query}`)).body as InstanceStatus;
  }

  async history(id: string): Promise<readonly HistoryEvent[]> {
    return (await this.status(id, '?showHistory=true&showHistoryOutput=true')).historyEvents ?? [];
  }

  /** Resolves once the instance is in one of the states. */
  reached(id: string, ...statuses: readonly string[]): Promise<InstanceStatus> {
    return eventually(
      () => this.status(id),
      ({ runtimeStatus }) => statuses.includes(runtimeStatus),
    );
  }

  ended(id: string): Promise<InstanceStatus> {
    return this.reached(id, ...TERMINAL);
  }

  post(id: string, operation: string, body?: unknown): Promise<Answer> {
    return this.ask('POST', `/instances/${id}/${operation}`, body);
  }

  /**
   * Every page, in the order of the list; not more than there can be.
   * @param between is called after each page that is not the last
   */
  async pages(query: string, between: () => Promise<unknown>): Promise<InstanceStatus[][]> {
    const pages: InstanceStatus[][] = [];
    for (let token: string | null = null; ;) {
      const headers: Record<string, string> = token === null ? {} : { 'x-ms-continuation-token': token };
      const answer = await this.ask('GET', `/instances?${query}`, undefined, headers);
      if (answer.status !== 200) throw new Error(`No list: ${answer.status} ${JSON.stringify(answer.body)}`);
      pages.push(answer.body as InstanceStatus[]);
      token = answer.headers.get('x-ms-continuation-token');
      if (token === null || pages.length === MOST_PAGES) return pages;
      await between();
    }
  }
}

/** A link of the payload with its placeholders filled in. */
export const filled = (link: string, values: { text?: string; eventName?: string }): string =>
  link
    .replace('{text}', encodeURIComponent(values.text ?? ''))
    .replace('{eventName}', encodeURIComponent(values.eventName ?? ''));
