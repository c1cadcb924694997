import { ATTRIBUTES, type TaskAddress } from '@countersign/contracts';
import { type Context, context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { aboutInstance, contextOf, isRecorded, traceOf } from '../trace-context';

const tracer = trace.getTracer('countersign.activities');

/** One that is made when somebody asks it: most attempts log nothing. */
class LazyContext implements Context {
  private made: Context | undefined;

  constructor(private readonly make: () => Context) {}

  getValue(key: symbol): unknown {
    return this.context.getValue(key);
  }
  setValue(key: symbol, value: unknown): Context {
    return this.context.setValue(key, value);
  }
  deleteValue(key: symbol): Context {
    return this.context.deleteValue(key);
  }

  private get context(): Context {
    return (this.made ??= this.make());
  }
}

/**
 * Runs within the trace of the task, and with its instance in every log line. Where the trace is recorded, the attempt
 * is a span of its own, named like the activity.
 *
 * @param execute gets what its result says that it was sent from, where that is recorded (a `traceparent`)
 */
export function traced<T>(
  { instanceId, activity, run, n }: TaskAddress,
  of: { readonly trace: string | undefined; readonly attempt: number },
  execute: (trace?: string) => Promise<T>,
): Promise<T> {
  const within = new LazyContext(() => aboutInstance(instanceId, contextOf(of.trace)));
  if (!isRecorded(of.trace)) return context.with(within, execute);
  const attributes = {
    [ATTRIBUTES.instanceId]: instanceId,
    [ATTRIBUTES.run]: run,
    [ATTRIBUTES.command]: n,
    [ATTRIBUTES.attempt]: of.attempt,
  };
  const span = tracer.startSpan(activity, { kind: SpanKind.CONSUMER, attributes }, within);
  const sender = traceOf(span.spanContext());
  return context.with(trace.setSpan(within, span), () => execute(sender).finally(() => span.end()));
}

/** The attempt that is under way has failed. */
export function traceFailure({ code, message }: { readonly code: string; readonly message: string }): void {
  const span = trace.getActiveSpan();
  span?.recordException({ name: code, message });
  span?.setStatus({ code: SpanStatusCode.ERROR, message: code });
}
