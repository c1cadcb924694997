/**
 * The spans of one step, in the trace of its instance, whoever caused the step and however long after the start. Who
 * sent what the step lists is linked: a click belongs to the request that brought it, too.
 *
 * What an instance waited for, a person or a moment, is a span of its own, made when the wait is over: it begins when
 * the instance began to wait, in whatever process that was.
 */
import { ATTRIBUTES, eventNameOf } from '@countersign/contracts';
import { contextOf, isRecorded, spanContextOf, traceOf } from '@countersign/jetstream';
import type { CommandRecord, InputBody, Settled } from '@countersign/workflow';
import { type Context, type Link, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Committed } from './options';

const tracer = trace.getTracer('countersign.saga-coordinator');

export class StepTrace {
  readonly #span: Span | undefined;
  readonly #waits: () => void = () => undefined;
  /** What the step causes says that it was sent from there. */
  readonly traceparent: string | undefined;

  /** @param own the instance's trace; where it has none, the step belongs to that of who caused it */
  constructor(id: string, own: string | undefined, { step, inputs, settled }: Committed) {
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
    const links = inputs.flatMap(({ body }) => linkTo(body, parent));
    const options = { kind: SpanKind.CONSUMER, attributes, links };
    this.#span = tracer.startSpan(`step ${step.workflow}`, options, within);
    this.traceparent = traceOf(this.#span.spanContext());
    this.#waits = () => settled.forEach((one) => traceWait(within, id, one));
  }

  /** The step is stored, and what it decided is published. */
  end(): void {
    this.#waits();
    this.#span?.end();
  }

  /** Another coordinator's step was stored in its place, or it is not known which. */
  lost(why: string): void {
    this.#span?.setStatus({ code: SpanStatusCode.ERROR, message: why }).end();
  }
}

function traceWait(within: Context, id: string, { kind, name, from, to }: Settled): void {
  if (kind !== 'wait' && kind !== 'timer') return;
  const what = kind === 'timer' ? kind : eventNameOf(name);
  const attributes = { [ATTRIBUTES.instanceId]: id, [ATTRIBUTES.event]: what };
  tracer.startSpan(`wait for ${what}`, { startTime: from, attributes }, within).end(to);
}

function inWords({ kind, name }: CommandRecord): string {
  const isEvent = kind === 'wait' || kind === 'signal';
  return `${kind} ${isEvent ? eventNameOf(name) : name}`.trim();
}

function linkTo(body: InputBody, parent: string | undefined): Link[] {
  const sender = body.trace === parent ? undefined : spanContextOf(body.trace);
  return sender === undefined ? [] : [{ context: sender }];
}
