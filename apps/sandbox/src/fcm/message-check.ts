/** What FCM HTTP v1 checks of a message before it sends it (firebase.google.com/docs/reference/fcm/rest/v1/projects.messages). */
import { FcmError } from './fcm-error';

/** A message as far as the stand-in looks into it. */
export interface CheckedMessage {
  readonly token: string;
  readonly title?: string;
  readonly body?: string;
  readonly data: Readonly<Record<string, string>>;
  readonly tag?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const FIELDS = ['token', 'notification', 'data', 'android', 'apns', 'webpush', 'fcm_options'];
/** Bytes of what the device gets. */
const LARGEST = 4096;
/** Keys that FCM uses itself. */
const RESERVED = /^(from|message_type|google.*|gcm.*)$/;

/** @throws FcmError INVALID_ARGUMENT */
export function checkMessage(body: unknown): CheckedMessage {
  const message = fieldsOf(fieldsOf(body, 'body')['message'], 'message');
  const unknown = Object.keys(message).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined)
    throw invalid(
      `Invalid JSON payload received. Unknown name "${unknown}" at 'message': Cannot find field.`,
      'message',
    );
  const { token, notification = {}, data = {}, android = {} } = message;
  if (token === undefined) throw invalid('Recipient of the message is not set.', 'message');
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token))
    throw invalid('The registration token is not a valid FCM registration token', 'message.token');
  if (Buffer.byteLength(JSON.stringify([notification, data])) > LARGEST)
    throw invalid('Message is too big', 'message');
  const { tag } = fieldsOf(fieldsOf(android, 'message.android')['notification'] ?? {}, 'message.android');
  return {
    token,
    data: textsIn(fieldsOf(data, 'message.data')),
    ...notificationIn(fieldsOf(notification, 'message.notification')),
    ...(typeof tag === 'string' && { tag }),
  };
}

function notificationIn({ title, body }: Fields): { title?: string; body?: string } {
  for (const [name, value] of Object.entries({ title, body }))
    if (value !== undefined && typeof value !== 'string')
      throw invalid(`Invalid value at 'message.notification.${name}' (TYPE_STRING)`, 'message.notification');
  return {
    ...(typeof title === 'string' && { title }),
    ...(typeof body === 'string' && { body }),
  };
}

function textsIn(data: Fields): Record<string, string> {
  const entries = Object.entries(data).map(([name, value]): [string, string] => {
    if (RESERVED.test(name)) throw invalid(`Invalid data payload key: ${name}`, 'message.data');
    if (typeof value !== 'string')
      throw invalid(
        `Invalid value at 'message.data[0].value' (TYPE_STRING), ${String(value)}`,
        'message.data',
      );
    return [name, value];
  });
  return Object.fromEntries(entries);
}

function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid('Request contains an invalid argument.', field);
}

const invalid = (message: string, field: string) =>
  new FcmError('INVALID_ARGUMENT', message, { errorCode: 'INVALID_ARGUMENT', field });
