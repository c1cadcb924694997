import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { CodedError } from '@countersign/workflow';
import { JsonLogger } from '../logger';
import { traceDelivery } from './trace-delivery';

const exporter = new InMemorySpanExporter();
const lines: string[] = [];
const logger = new JsonLogger('spec', 'info', { write: (line) => lines.push(line) });
const click = { system: 'slack', destination: 'slack socket-mode', id: 'e1' };
const unexpected = (error: unknown) => {
  throw error;
};

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
});
afterAll(() => {
  for (const api of [context, trace]) api.disable();
});
beforeEach(() => {
  exporter.reset();
  lines.length = 0;
});

const traceIdsOfLines = () => lines.map((line) => (JSON.parse(line) as { traceId?: string }).traceId);

it('makes a message a span of a trace of its own, wherever the process just was', async () => {
  await trace
    .getTracer('spec')
    .startActiveSpan('of somebody else', () => traceDelivery(click, async () => undefined, unexpected));
  const [span] = exporter.getFinishedSpans();
  expect(span).toMatchObject({ name: 'process slack socket-mode', kind: SpanKind.CONSUMER });
  expect(span?.parentSpanContext).toBeUndefined();
  expect(span?.status.code).toBe(SpanStatusCode.UNSET);
  expect(span?.attributes).toEqual({
    'messaging.system': 'slack',
    'messaging.destination.name': 'slack socket-mode',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.message.id': 'e1',
  });
});

it('handles it within the span, which ends when it is handled: log lines name the trace', async () => {
  await traceDelivery(
    click,
    async () => {
      await new Promise((resolve) => setImmediate(resolve));
      expect(exporter.getFinishedSpans()).toEqual([]);
      logger.log('decided');
    },
    unexpected,
  );
  expect(traceIdsOfLines()).toEqual([exporter.getFinishedSpans()[0]?.spanContext().traceId]);
});

it('marks what could not be handled by its code, and whoever is told so logs within it', async () => {
  const error = new CodedError('StorageUnavailable', 'with a secret');
  await traceDelivery(
    click,
    () => Promise.reject(error),
    (why) => logger.error('not acknowledged', why),
  );
  const [span] = exporter.getFinishedSpans();
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR });
  expect(span?.attributes['error.type']).toBe('StorageUnavailable');
  expect(traceIdsOfLines()).toEqual([span?.spanContext().traceId]);
});
