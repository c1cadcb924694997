import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { contextOf, isRecorded, spanContextOf, traceIdOf, traceOf } from './trace-context';

const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const recorded = { ...span, traceFlags: TraceFlags.SAMPLED };

it('writes a span as a traceparent, and reads it back as somebody else’s', () => {
  const text = traceOf(recorded);
  expect(text).toBe('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01');
  expect(spanContextOf(text)).toEqual({ ...recorded, isRemote: true });
  expect(trace.getSpanContext(contextOf(text))).toMatchObject(span);
  expect(traceIdOf(text!)).toBe(span.traceId);
});

it('says whether somebody records the trace', () => {
  expect(isRecorded(traceOf(recorded))).toBe(true);
  expect(isRecorded(traceOf({ ...span, traceFlags: TraceFlags.NONE }))).toBe(false);
  expect(isRecorded(undefined)).toBe(false);
});

it('writes nothing outside a trace, and begins anew behind what is no traceparent', () => {
  expect(traceOf(trace.getSpanContext(context.active()))).toBeUndefined();
  expect(traceOf({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 1 })).toBeUndefined();
  for (const text of [
    undefined,
    '',
    'rubbish',
    `00-${'0'.repeat(32)}-${span.spanId}-01`,
    `${'x'.repeat(9999)}`,
  ])
    expect(contextOf(text)).toBe(ROOT_CONTEXT);
});
