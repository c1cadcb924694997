import { DEPLOYMENT_BUCKET } from '@countersign/contracts';
import { CodedError } from '@countersign/workflow';
import { Kvm } from '@nats-io/kv';
import type { JetStreamConnection } from './connection';

const SHARDS_KEY = 'shards';

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
  const bucket = await new Kvm(connection.js).create(DEPLOYMENT_BUCKET, { replicas, history: 1 });
  const created = await bucket.create(SHARDS_KEY, String(shards)).then(
    () => true,
    () => false,
  );
  if (created) return;
  const fixed = await bucket.get(SHARDS_KEY);
  if (fixed === null) throw new Error('The shard count was neither created nor found');
  if (Number(fixed.string()) === shards) return;
  throw new CodedError(
    'WrongShardCount',
    `This deployment was created with SHARDS=${fixed.string()}, but this service is configured with SHARDS=${shards}. ` +
      `Set SHARDS=${fixed.string()}; another count needs a new deployment (an empty JetStream store).`,
  );
}
