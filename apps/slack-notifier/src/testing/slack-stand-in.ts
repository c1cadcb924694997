import type { IncomingMessage } from 'node:http';
import { type ScriptedAnswer, ScriptedServer } from '@countersign/testing';

interface Call {
  readonly method: string;
  /** Fields of the form, or of the JSON; JSON in fields is parsed. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

type Answer = ScriptedAnswer<Call>;

/** Answers as Slack does, `{ok: true, …}` with status 200. */
export const ok =
  (body: object): Answer =>
  (response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: true, ...body }));

/** Refuses as Slack does, `{ok: false, error}` with status 200. */
export const refuse =
  (error: string, more: object = {}): Answer =>
  (response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok: false, error, ...more }));

export const http =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end('no JSON');

/** A server that speaks as much of Slack's wire as these tests need: each method's answers are scripted. */
export class SlackStandIn extends ScriptedServer<Call> {
  protected readonly unscripted = refuse('unknown_method');

  override get url(): string {
    return `${super.url}/api`;
  }

  callsOf(method: string): Call[] {
    return this.calls.filter((call) => call.method === method);
  }

  protected read({ url, headers }: IncomingMessage, body: string) {
    const method = url?.split('/').at(-1) ?? '';
    const isJson = headers['content-type']?.startsWith('application/json') ?? false;
    const args = isJson ? (JSON.parse(body) as Call['args']) : fieldsOf(body);
    return { name: method, call: { method, args, authorization: headers.authorization } };
  }
}

function fieldsOf(form: string): Call['args'] {
  return Object.fromEntries([...new URLSearchParams(form)].map(([name, value]) => [name, parsed(value)]));
}

function parsed(value: string): unknown {
  return /^[[{]|^(true|false)$/.test(value) ? (JSON.parse(value) as unknown) : value;
}
