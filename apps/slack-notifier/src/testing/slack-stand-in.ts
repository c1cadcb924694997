import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Call {
  readonly method: string;
  /** Fields of the form, or of the JSON; JSON in fields is parsed. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

type Answer = (call: Call, response: ServerResponse) => void;

/** Answers as Slack does, `{ok: true, …}` with status 200. */
export const ok =
  (body: object): Answer =>
  (_call, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, ...body }));

/** Refuses as Slack does, `{ok: false, error}` with status 200. */
export const refuse =
  (error: string, more: object = {}): Answer =>
  (_call, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: false, error, ...more }));

export const http =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_call, response) =>
    response.writeHead(status, headers).end('no JSON');

/** A server that speaks as much of Slack's wire as these tests need: each method's answers are scripted. */
export class SlackStandIn {
  readonly calls: Call[] = [];
  private readonly answers = new Map<string, Answer[]>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<SlackStandIn> {
    const server = createServer();
    const standIn = new SlackStandIn(server);
    server.on('request', (request, response) => void standIn.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api`;
  }

  /** Answers in this order; the last one again and again. */
  script(method: string, ...answers: Answer[]): void {
    this.answers.set(method, answers);
  }

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  reset(): void {
    this.calls.length = 0;
    this.answers.clear();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.url?.split('/').at(-1) ?? '';
    const body = await text(request);
    const isJson = request.headers['content-type']?.startsWith('application/json') ?? false;
    const call = {
      method,
      args: isJson ? (JSON.parse(body) as Call['args']) : fieldsOf(body),
      authorization: request.headers.authorization,
    };
    this.calls.push(call);
    const answers = this.answers.get(method) ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    (next ?? refuse('unknown_method'))(call, response);
  }
}

function fieldsOf(form: string): Call['args'] {
  return Object.fromEntries([...new URLSearchParams(form)].map(([name, value]) => [name, parsed(value)]));
}

function parsed(value: string): unknown {
  return /^[[{]|^(true|false)$/.test(value) ? (JSON.parse(value) as unknown) : value;
}
