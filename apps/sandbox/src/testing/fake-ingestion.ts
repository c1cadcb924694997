import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { HttpStandIn } from '@countersign/testing';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes, as text: what a signature is made over. */
  readonly body: string;
}

type Answer = { status: number; body: string; headers?: Record<string, string> } | 'never';

const TAKEN: Answer = { status: 200, body: '' };

/** Stands where ingestion is, keeps what it gets. */
export class FakeIngestion extends HttpStandIn {
  /** Oldest first. */
  readonly received: Received[] = [];
  /** What it answers from now on; `never` keeps the client waiting. */
  answer = TAKEN;

  reset(answer = TAKEN): void {
    this.received.length = 0;
    this.answer = answer;
  }

  protected override async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    this.received.push({ method, path, headers, body: await text(request) });
    if (this.answer === 'never') return;
    const { status, headers: answered, body } = this.answer;
    response.writeHead(status, answered).end(body);
  }
}

/** What Slack put into the one field of its form. */
export function payloadOf(received: Received | undefined): Record<string, unknown> {
  const payload = new URLSearchParams(received?.body).get('payload');
  return JSON.parse(payload ?? 'null') as Record<string, unknown>;
}
