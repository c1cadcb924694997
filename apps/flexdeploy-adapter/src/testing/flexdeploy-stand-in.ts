import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Call {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

type Answer = (response: ServerResponse, call: Call) => void;

export const answer =
  (status: number, body: unknown = '', headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

/** Takes the request and never answers: the connection breaks. */
export const breakOff: Answer = (response) => response.destroy();

/** Takes the request and never answers: the connection stays. */
export const hang: Answer = () => undefined;

/** A server whose answers to each method are scripted. */
export class FlexDeployStandIn {
  readonly calls: Call[] = [];
  private readonly answers = new Map<string, Answer[]>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FlexDeployStandIn> {
    const server = createServer();
    const standIn = new FlexDeployStandIn(server);
    server.on('request', (request, response) => void standIn.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Answers in this order; the last one again and again. */
  script(method: 'GET' | 'PUT', ...answers: Answer[]): void {
    this.answers.set(method, answers);
  }

  lines(): string[] {
    return this.calls.map(({ line }) => line);
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
    const { method = '', url = '', headers } = request;
    const body = await text(request);
    const call = {
      line: `${method} ${url}`,
      authorization: headers.authorization,
      body: body && (JSON.parse(body) as unknown),
    };
    this.calls.push(call);
    const answers = this.answers.get(method) ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    (next ?? answer(500, 'not scripted'))(response, call);
  }
}
