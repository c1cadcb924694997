import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { Logger } from '@nestjs/common';
import type { ServiceConfig } from '../config';

/** How often it is said that spans cannot be delivered, in milliseconds. */
const COMPLAINT_INTERVAL = 60_000;
/** How long a service that stops may take to deliver its last spans, in milliseconds. */
const LAST_DELIVERY = 2_000;

/**
 * Makes this process take part in traces. Every request has a trace id, also where nobody records traces: log lines say it.
 * Spans are delivered in the background; what cannot be delivered is dropped, and no request waits for it.
 *
 * @returns delivers what is left; never rejects
 */
export function startTracing(service: string, config: ServiceConfig): () => Promise<void> {
  const { traceEndpoint, traceRatio, version } = config;
  const ratio = new TraceIdRatioBasedSampler(traceRatio);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ [ATTR_SERVICE_NAME]: service, [ATTR_SERVICE_VERSION]: version }).merge(
      detectResources({ detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector] }),
    ),
    // By the trace's id, so that every service decides alike; a caller cannot have its trace recorded.
    sampler:
      traceEndpoint === undefined
        ? new AlwaysOffSampler()
        : new ParentBasedSampler({ root: ratio, remoteParentSampled: ratio }),
    spanProcessors: traceEndpoint === undefined ? [] : [deliveryTo(traceEndpoint)],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  const complain = complaints();
  setGlobalErrorHandler(complain);
  return () => provider.forceFlush({ timeoutMillis: LAST_DELIVERY }).catch(complain);
}

/** @param endpoint base address of a collector, `http://collector:4318` */
const deliveryTo = (endpoint: string): BatchSpanProcessor =>
  new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` }),
  });

function complaints(): (error: unknown) => void {
  const logger = new Logger('Tracing');
  let quietUntil = 0;
  return (error) => {
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + COMPLAINT_INTERVAL;
    logger.warn('spans could not be delivered, and are dropped', { reason: String(error) });
  };
}
