import { DEPLOYMENT_BUCKET } from '@countersign/contracts';
import { CodedError } from '@countersign/workflow';
import { Kvm } from '@nats-io/kv';
import type { JetStreamConnection } from './connection';
import { patiently } from './patiently';

const SHARDS_KEY = 'shards';
/** Under which the bucket keeps it. */
export const SHARDS_SUBJECT = `$KV.${DEPLOYMENT_BUCKET}.${SHARDS_KEY}`;

/**
 * The first service of a deployment fixes the shard count; every later one must agree, because an
 * instance's shard is computed from it.
 * @throws CodedError `WrongShardCount` that says both numbers and what to do.
 */
export async function fixShardCount(
  connection: JetStreamConnection,
  shards: number,
  replicas: number,
): Promise<void> {
  const bucket = await patiently(() =>
    new Kvm(connection.js).create(DEPLOYMENT_BUCKET, { replicas, history: 1 }),
  );
  const fixed = await patiently(async () => {
    // Fails where the key exists already.
    await bucket.create(SHARDS_KEY, String(shards)).catch(() => undefined);
    const entry = await bucket.get(SHARDS_KEY);
    if (entry === null) throw new Error('The shard count could be neither stored nor read');
    return entry.string();
  });
  checkShardCount(fixed, shards);
}

/** @throws CodedError `WrongShardCount` that says both numbers and what to do. */
export function checkShardCount(fixed: string, shards: number): void {
  if (Number(fixed) === shards) return;
  throw new CodedError(
    'WrongShardCount',
    `This deployment was created with SHARDS=${fixed}, but this service is configured with SHARDS=${shards}. ` +
      `Set SHARDS=${fixed}; another count needs a new deployment (an empty JetStream store).`,
  );
}
