import { aStep } from '@countersign/testing';
import type { Input, InputBody, Settled } from '@countersign/workflow';
import { trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { StepTrace } from './step-trace';

const traceparent = (digit: string, flags = '01'): string =>
  `00-${digit.repeat(32)}-${digit.repeat(16)}-${flags}`;
const OWN = traceparent('a');
const CLICK = traceparent('b');
const MINUTE = 60_000;

const exporter = new InMemorySpanExporter();
beforeAll(() => {
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
});
afterAll(() => trace.disable());
beforeEach(() => exporter.reset());

const command = { n: 4, kind: 'task', name: 'flexdeploy.approveTask', hash: '' } as const;
const step = aStep({ commands: [command], updatedAt: 90 * MINUTE });
const inputs = (...bodies: InputBody[]): Input[] =>
  bodies.map((body, i) => ({ seq: i + 2, at: 90 * MINUTE, body }));
const click: InputBody = { type: 'event', name: 'decision.0f3a', data: {}, trace: CLICK };

const settled = (kind: Settled['kind'], name: string): Settled => ({
  kind,
  name,
  from: 30 * MINUTE,
  to: 90 * MINUTE,
});

function traced(own: string | undefined, body: InputBody, ...ended: Settled[]) {
  const steps = new StepTrace('i', own, { step, inputs: inputs(body), settled: ended });
  steps.end();
  return { traceparent: steps.traceparent, spans: exporter.getFinishedSpans() };
}
const secondsOf = ({ startTime, endTime }: ReadableSpan) => [startTime[0], endTime[0]];

it('is a span of the instance’s trace, linked to whoever caused it', () => {
  const { traceparent, spans } = traced(OWN, click);
  const span = spans.at(-1)!;
  expect(span).toMatchObject({ name: 'step NotifyOnTask', parentSpanContext: { traceId: 'a'.repeat(32) } });
  expect(span.links).toMatchObject([{ context: { traceId: 'b'.repeat(32), spanId: 'b'.repeat(16) } }]);
  expect(span.attributes['countersign.decided']).toEqual(['task flexdeploy.approveTask']);
  expect(traceparent).toBe(`00-${'a'.repeat(32)}-${span.spanContext().spanId}-01`);
});

it('shows what the instance waited for from when it began to, without the key of the event', () => {
  const [wait] = traced(OWN, click, settled('wait', 'decision.0f3a')).spans;
  expect(wait).toMatchObject({ name: 'wait for decision', attributes: { 'countersign.event': 'decision' } });
  expect(secondsOf(wait!)).toEqual([30 * 60, 90 * 60]);
});

it('shows timers as waits; activities and children have spans of their own', () => {
  const ended = [settled('timer', ''), settled('task', 'slack.tell'), settled('child', 'RequestApproval')];
  const { spans } = traced(OWN, click, ...ended);
  expect(spans.map(({ name }) => name)).toEqual(['wait for timer', 'step NotifyOnTask']);
});

it('says that it was lost, and nothing of a wait that another step has ended', () => {
  const waited = [settled('wait', 'decision.0f3a')];
  new StepTrace('i', OWN, { step, inputs: inputs(click), settled: waited }).lost('conflict');
  expect(exporter.getFinishedSpans()).toMatchObject([
    { name: 'step NotifyOnTask', status: { message: 'conflict' } },
  ]);
});

it('belongs to the trace of who caused it where the instance has none', () => {
  const { traceparent, spans } = traced(undefined, click);
  expect(spans.at(-1)?.parentSpanContext?.traceId).toBe('b'.repeat(32));
  expect(traceparent).toContain('b'.repeat(32));
});

it('makes nothing where nobody records the trace, but hands it on', () => {
  const quiet = traceparent('a', '00');
  expect(traced(quiet, click)).toEqual({ traceparent: quiet, spans: [] });
  expect(traced(undefined, { ...click, trace: undefined } as InputBody)).toEqual({
    traceparent: undefined,
    spans: [],
  });
});
