import { prepare } from '@countersign/tools';

/** Bundles the services if their sources changed, and finds a nats-server, before the first spec. */
export default async function globalSetup(): Promise<void> {
  await prepare();
}
