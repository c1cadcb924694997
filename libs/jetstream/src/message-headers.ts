import type { OutgoingMessage } from '@countersign/workflow';
import type { MsgHdrs } from '@nats-io/transport-node';
import { headerLines } from './outbound';

/** Kept by the server on the stored message, so that a reader can tell the first of a subject. */
export const EXPECTED_LAST = 'Nats-Expected-Last-Subject-Sequence';

/**
 * A write on a condition. Where it does not hold, the answer is a `conflict` that names the sequence: of the newest
 * message of the subject, or of the stream.
 */
export interface ConditionalMessage extends OutgoingMessage {
  /** The subject that `expectedLast` is about, where it is another one than the message's own. */
  readonly expectedLastOf?: string;
  /** `Nats-Expected-Last-Sequence`: of the newest message of the whole stream. */
  readonly expectedLastInStream?: number;
}

/** Header values must not break lines; nothing that we put there does, other people's ids may. */
const oneLine = (value: string): string => value.replace(/[\r\n]/g, ' ');

/** Source of the names: ADR-4 (headers), ADR-43 (TTL), ADR-51 (schedules) of the NATS architecture decisions. */
export function headersOf(message: ConditionalMessage): MsgHdrs | undefined {
  let lines = '';
  if (message.expectedLast !== undefined) lines += `${EXPECTED_LAST}: ${message.expectedLast}\r\n`;
  if (message.expectedLastOf !== undefined)
    lines += `${EXPECTED_LAST}-Subject: ${message.expectedLastOf}\r\n`;
  if (message.expectedLastInStream !== undefined)
    lines += `Nats-Expected-Last-Sequence: ${message.expectedLastInStream}\r\n`;
  if (message.msgId !== undefined) lines += `Nats-Msg-Id: ${oneLine(message.msgId)}\r\n`;
  if (message.schedule !== undefined) {
    lines += `Nats-Schedule: @at ${new Date(message.schedule.at).toISOString()}\r\n`;
    lines += `Nats-Schedule-Target: ${message.schedule.target}\r\n`;
  }
  if (message.cancelsSchedule !== undefined) {
    lines += `Nats-Scheduler: ${message.cancelsSchedule}\r\nNats-Schedule-Next: purge\r\n`;
  }
  if (message.ttl !== undefined) lines += `Nats-TTL: ${ttlSeconds(message.ttl)}\r\n`;
  if (message.rollup === true) lines += 'Nats-Rollup: sub\r\n';
  return lines === '' ? undefined : headerLines(lines);
}

/** The server counts in whole seconds, at least one. */
const ttlSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));
