import { ATTRIBUTES, type TaskAddress } from '@countersign/contracts';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { aboutInstance, contextOf, isRecorded } from '../trace-context';

const tracer = trace.getTracer('countersign.activities');

/**
 * Runs within the trace of the task, and with its instance in every log line. Where the trace is recorded, the attempt
 * is a span of its own, named like the activity.
 */
export function traced<T>(
  { instanceId, activity, run, n }: TaskAddress,
  of: { readonly trace: string | undefined; readonly attempt: number },
  execute: () => Promise<T>,
): Promise<T> {
  const within = aboutInstance(instanceId, contextOf(of.trace));
  if (!isRecorded(of.trace)) return context.with(within, execute);
  const attributes = {
    [ATTRIBUTES.instanceId]: instanceId,
    [ATTRIBUTES.run]: run,
    [ATTRIBUTES.command]: n,
    [ATTRIBUTES.attempt]: of.attempt,
  };
  const span = tracer.startSpan(activity, { kind: SpanKind.CONSUMER, attributes }, within);
  return context.with(trace.setSpan(within, span), () => execute().finally(() => span.end()));
}

/** The attempt that is under way has failed. */
export function traceFailure({ code, message }: { readonly code: string; readonly message: string }): void {
  const span = trace.getActiveSpan();
  span?.recordException({ name: code, message });
  span?.setStatus({ code: SpanStatusCode.ERROR, message: code });
}
