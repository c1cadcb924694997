import { createHash } from 'node:crypto';
import type { SendPush } from '@countersign/contracts';

/** A `Message` of FCM HTTP v1, as far as it is used here. Values of `data` are texts. */
export interface Message {
  readonly token: string;
  readonly notification: { readonly title: string; readonly body: string };
  readonly data: Readonly<Record<string, string>>;
  readonly android: { readonly collapse_key: string; readonly notification: { readonly tag: string } };
  readonly apns: { readonly headers: Readonly<Record<string, string>> };
  readonly webpush: { readonly headers: Readonly<Record<string, string>> };
}

/** The longest topic of web push (RFC 8030, section 5.4); APNs allows 64 bytes. */
const KEY_LENGTH = 32;

/**
 * FCM has no idempotency key, so a push whose answer was lost is sent again. It carries the same key then, by
 * which it replaces the first one: while that waits for the device (collapse key, topic) and on its screen (tag).
 *
 * @param instanceId what the app answers to, where the push names nothing else
 */
export function messageOf(
  { regId, stage, title, body, orderId }: SendPush,
  { instanceId, idempotencyKey }: { readonly instanceId: string; readonly idempotencyKey: string },
): Message {
  const key = createHash('sha256').update(idempotencyKey).digest('base64url').slice(0, KEY_LENGTH);
  return {
    token: regId,
    notification: { title, body },
    data: { orderId: orderId ?? instanceId, stage },
    android: { collapse_key: key, notification: { tag: key } },
    apns: { headers: { 'apns-collapse-id': key } },
    webpush: { headers: { Topic: key } },
  };
}
