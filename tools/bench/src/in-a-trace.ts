/** Starts as ingestion sends them: each names its trace, which nobody records. All of this process is in one. */
import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

const within = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: 'be9c'.repeat(8),
  spanId: 'be9c'.repeat(4),
  traceFlags: TraceFlags.NONE,
});

context.setGlobalContextManager(
  new (class extends AsyncLocalStorageContextManager {
    override active = () => within;
  })(),
);
