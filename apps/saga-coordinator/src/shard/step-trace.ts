/**
 * The spans of one step, in the trace of its instance, whoever caused the step and however long after the start. Who
 * sent what the step lists is linked: a click belongs to the request that brought it, too.
 *
 * What an instance waited for, a person or a moment, is a span of its own: it begins when the instance had nothing
 * more to do, in whatever process, and ends when the input was stored.
 */
import { ATTRIBUTES, eventNameOf } from '@countersign/contracts';
import { contextOf, isRecorded, spanContextOf, traceOf } from '@countersign/jetstream';
import type { CommandRecord, Input, InputBody, Step } from '@countersign/workflow';
import { type Context, type Link, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

const tracer = trace.getTracer('countersign.saga-coordinator');

interface Committed {
  readonly step: Step;
  /** What the step lists. */
  readonly inputs: readonly Input[];
  /** The instance's time before those, in milliseconds since the epoch. */
  readonly since: number;
}

export class StepTrace {
  readonly #span: Span | undefined;
  /** What the step causes says that it was sent from there. */
  readonly traceparent: string | undefined;

  /** @param own the instance's trace; where it has none, the step belongs to that of who caused it */
  constructor(id: string, own: string | undefined, { step, inputs, since }: Committed) {
    const parent = own ?? inputs[0]?.body.trace;
    this.traceparent = own;
    if (!isRecorded(parent)) return;
    const within = contextOf(parent);
    const attributes = {
      [ATTRIBUTES.instanceId]: id,
      [ATTRIBUTES.workflow]: step.workflow,
      [ATTRIBUTES.workflowVersion]: step.version,
      [ATTRIBUTES.run]: step.run,
      [ATTRIBUTES.status]: step.status,
      [ATTRIBUTES.inputs]: inputs.map(({ body }) => body.type),
      [ATTRIBUTES.decided]: step.commands.map(inWords),
    };
    for (const input of inputs) if (since > 0) traceWait(within, input, { id, since });
    const links = inputs.flatMap(({ body }) => linkTo(body, parent));
    const options = { kind: SpanKind.CONSUMER, attributes, links };
    this.#span = tracer.startSpan(`step ${step.workflow}`, options, within);
    this.traceparent = traceOf(this.#span.spanContext());
  }

  /** The step is stored, and what it decided is published. */
  end(): void {
    this.#span?.end();
  }

  /** Another coordinator's step was stored in its place, or it is not known which. */
  lost(why: string): void {
    this.#span?.setStatus({ code: SpanStatusCode.ERROR, message: why }).end();
  }
}

function traceWait(within: Context, { body, at }: Input, { id, since }: { id: string; since: number }): void {
  const name = waitedFor(body);
  if (name === undefined || at <= since) return;
  const attributes = { [ATTRIBUTES.instanceId]: id, [ATTRIBUTES.event]: name };
  tracer.startSpan(`wait for ${name}`, { startTime: since, attributes }, within).end(at);
}

function inWords({ kind, name }: CommandRecord): string {
  const isEvent = kind === 'wait' || kind === 'signal';
  return `${kind} ${isEvent ? eventNameOf(name) : name}`.trim();
}

function waitedFor(body: InputBody): string | undefined {
  if (body.type === 'event') return eventNameOf(body.name);
  return body.type === 'timer' && body.n !== 'w' ? 'timer' : undefined;
}

function linkTo(body: InputBody, parent: string | undefined): Link[] {
  const sender = body.trace === parent ? undefined : spanContextOf(body.trace);
  return sender === undefined ? [] : [{ context: sender }];
}
