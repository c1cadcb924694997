import type { IncomingMessage } from 'node:http';
import { type ScriptedAnswer, ScriptedServer } from '@countersign/testing';

interface Call {
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

type Answer = ScriptedAnswer<Call>;

export const answer =
  (status: number, body: unknown = '', headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

/** Takes the request and never answers: the connection breaks. */
export const breakOff: Answer = (response) => response.destroy();

/** Takes the request and never answers: the connection stays. */
export const hang: Answer = () => undefined;

/** FlexDeploy, whose answers to each method are scripted. */
export class FlexDeployStandIn extends ScriptedServer<Call, 'GET' | 'PUT'> {
  protected readonly unscripted = answer(500, 'not scripted');

  lines(): string[] {
    return this.calls.map(({ line }) => line);
  }

  protected read({ method = '', url = '', headers }: IncomingMessage, body: string) {
    const call = {
      line: `${method} ${url}`,
      authorization: headers.authorization,
      body: body && (JSON.parse(body) as unknown),
    };
    return { name: method, call };
  }
}
