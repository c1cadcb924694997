/**
 * Which trace a message belongs to. It says so in its body, not in a header: bodies are what is read back, shown as
 * history and handed on by schedules. The text is a `traceparent` of W3C Trace Context,
 * https://www.w3.org/TR/trace-context/#traceparent-header.
 */
import { ATTRIBUTES } from '@countersign/contracts';
import {
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';

/** What messages carry that are sent from within this span; undefined where there is none. */
export function traceOf(span: SpanContext | undefined): string | undefined {
  if (span === undefined || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-0${span.traceFlags & TraceFlags.SAMPLED}`;
}

/** Of whatever is under way, such as the HTTP request that is being answered. */
export const currentTrace = (): string | undefined => traceOf(trace.getSpanContext(context.active()));

/** What the sender's trace continues in; the root where the text is no `traceparent`. */
export function contextOf(traceparent: string | undefined): Context {
  const span = spanContextOf(traceparent);
  return span === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, span);
}

export function spanContextOf(traceparent: string | undefined): SpanContext | undefined {
  const span = traceparent === undefined ? null : parseTraceParent(traceparent);
  return span === null ? undefined : { ...span, isRemote: true };
}

/** Whether somebody records the trace: only then its spans are worth making. */
export const isRecorded = (traceparent: string | undefined): boolean => traceparent?.endsWith('1') ?? false;

/** The trace's id, as log lines say it. */
export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);

/** Within it, every log line names the instance. */
export const aboutInstance = (id: string, within: Context): Context =>
  propagation.setBaggage(within, propagation.createBaggage({ [ATTRIBUTES.instanceId]: { value: id } }));
