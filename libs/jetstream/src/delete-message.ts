import { JetStreamApiError } from '@nats-io/jetstream';
import type { JetStreamConnection } from './connection';

/** "sequence not found" and "no message found": the message was deleted already. */
const GONE: readonly number[] = [10043, 10057];

/** @returns whether the message was there */
export async function deleteIfThere(
  { jsm }: JetStreamConnection,
  stream: string,
  seq: number,
): Promise<boolean> {
  try {
    return await jsm.streams.deleteMessage(stream, seq, false);
  } catch (error) {
    if (error instanceof JetStreamApiError && GONE.includes(error.code)) return false;
    throw error;
  }
}
