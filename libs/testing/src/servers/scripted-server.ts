import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { HttpStandIn } from './http-stand-in';

/** Answers a call, or leaves it without an answer. */
export type ScriptedAnswer<Call> = (response: ServerResponse, call: Call) => void;

/** A stand-in that keeps what it is asked for. What it answers is scripted, by the name of what is asked for. */
export abstract class ScriptedServer<Call, Name extends string = string> extends HttpStandIn {
  /** Oldest first. */
  readonly calls: Call[] = [];
  private readonly answers = new Map<string, ScriptedAnswer<Call>[]>();

  /** Answers in this order; the last one again and again. */
  script(name: Name, ...answers: ScriptedAnswer<Call>[]): void {
    this.answers.set(name, answers);
  }

  reset(): void {
    this.calls.length = 0;
    this.answers.clear();
  }

  /** What a request asks for. */
  protected abstract read(request: IncomingMessage, body: string): { name: string; call: Call };

  /** The answer where none is scripted. */
  protected abstract readonly unscripted: ScriptedAnswer<Call>;

  protected override async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { name, call } = this.read(request, await text(request));
    this.calls.push(call);
    const answers = this.answers.get(name) ?? [];
    const next = answers.length > 1 ? answers.shift() : answers[0];
    (next ?? this.unscripted)(response, call);
  }
}
