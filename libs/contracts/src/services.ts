/** The services that speak JetStream, and which one performs the activities of which queue. */
export const SERVED_QUEUES = {
  'saga-coordinator': [],
  ingestion: [],
  'status-api': [],
  'token-store': ['tokens'],
  'slack-notifier': ['slack'],
  'flexdeploy-adapter': ['flexdeploy'],
  'query-worker': ['query', 'query-cleanup'],
  'mail-notifier': ['email'],
  'talk-reviewer': ['reviews'],
  'push-notifier': ['push'],
  'file-store': ['files'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ServiceName = keyof typeof SERVED_QUEUES;

export const serviceNames = Object.keys(SERVED_QUEUES) as readonly ServiceName[];

/** @throws Error when no service is declared to serve it */
export function serviceOf(queue: string): ServiceName {
  const service = serviceNames.find((name) => (SERVED_QUEUES[name] as readonly string[]).includes(queue));
  if (service === undefined)
    throw new Error(`SERVED_QUEUES does not say which service serves the queue ${queue}`);
  return service;
}
