import { setTimeout as pause } from 'node:timers/promises';
import type { OutgoingMessage } from '@countersign/workflow';
import type { JetStreamLog } from '../log';

const RETRY_INTERVAL = 200;

/** Publishes until JetStream has it. Rejects with the signal's reason when that aborts first. */
export async function store(log: JetStreamLog, message: OutgoingMessage, signal: AbortSignal): Promise<void> {
  for (;;) {
    const outcome = await log.publish(message);
    if (outcome.kind === 'stored' || outcome.kind === 'duplicate') return;
    signal.throwIfAborted();
    await pause(RETRY_INTERVAL, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
