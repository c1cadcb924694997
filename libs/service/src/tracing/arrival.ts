import {
  type Attributes,
  type Context,
  context,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

const tracer = trace.getTracer('countersign.arrivals');

/** What came in from outside, by whichever door: a span from its arrival to its end; what is done about it runs within. */
export class Arrival {
  private readonly span: Span;
  private readonly within: Context;

  /** @param caller whose trace it continues */
  constructor(name: string, options: SpanOptions, caller: Context) {
    this.span = tracer.startSpan(name, options, caller);
    this.within = trace.setSpan(caller, this.span);
  }

  run<T>(handle: () => T): T {
    return context.with(this.within, handle);
  }

  /** It was our fault. */
  failed(): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(attributes: Attributes = {}): void {
    this.span.setAttributes(attributes);
    this.span.end();
  }
}
