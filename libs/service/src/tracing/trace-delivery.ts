import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { Arrival } from './arrival';

/** A message that somebody else's system hands to this process. */
interface DeliveredMessage {
  /** `slack` */
  readonly system: string;
  /** Where it hands such messages out; not what tells one from another. */
  readonly destination: string;
  readonly id: string;
}

/**
 * Makes the handling of a message a span (consumer) of a trace of its own, after OpenTelemetry's conventions, whose names are
 * not stable yet: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/.
 *
 * @param failed is told within the span why the message was not handled
 */
export async function traceDelivery(
  { system, destination, id }: DeliveredMessage,
  handle: () => Promise<void>,
  failed: (error: unknown) => void,
): Promise<void> {
  const attributes = {
    'messaging.system': system,
    'messaging.destination.name': destination,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.message.id': id,
  };
  const arrival = new Arrival(
    `process ${destination}`,
    { kind: SpanKind.CONSUMER, attributes },
    ROOT_CONTEXT,
  );
  await arrival.run(async () => {
    try {
      await handle();
      arrival.end();
    } catch (error) {
      failed(error);
      arrival.failed();
      arrival.end({ [ATTR_ERROR_TYPE]: typeOf(error) });
    }
  });
}

/** The code of our errors and of the system's; a text could hold anything. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
