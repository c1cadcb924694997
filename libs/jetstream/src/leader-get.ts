/** `STREAM.MSG.GET`, which only the leader of a stream answers. The client's own call lacks "next by subject". */
import type { StoredMessage } from '@countersign/workflow';
import { JetStreamApiCodes, type ApiError } from '@nats-io/jetstream';
import { messageGet } from './api-subjects';
import type { Requests } from './requests';
import { storageUnavailable } from './unavailable';

export type LeaderQuery = { last_by_subj: string } | { seq: number; next_by_subj: string } | { seq: number };

export interface LeaderMessage {
  readonly seq: number;
  readonly subject: string;
  /** RFC 3339 with nanoseconds. */
  readonly time: string;
  /** Base64; missing where the body is empty. */
  readonly data?: string;
  /** Base64 of the header block; missing where there is none. */
  readonly hdrs?: string;
}

interface LeaderAnswer {
  readonly message?: LeaderMessage;
  readonly error?: ApiError;
}

/** @throws CodedError `StorageUnavailable` */
export async function leaderGet(
  requests: Requests,
  stream: string,
  query: LeaderQuery,
): Promise<LeaderMessage | undefined> {
  const { message, error } = await requests.request(
    messageGet(stream),
    JSON.stringify(query),
    () => (answer) => answer.json<LeaderAnswer>(),
  );
  if (message !== undefined) return message;
  if (error?.err_code === JetStreamApiCodes.NoMessageFound) return undefined;
  throw storageUnavailable(`JetStream did not read from ${stream}: ${error?.description}`);
}

export const storedMessage = ({ seq, subject, time, data }: LeaderMessage): StoredMessage => ({
  seq,
  subject,
  at: Date.parse(time),
  body: data === undefined ? '' : Buffer.from(data, 'base64').toString(),
});

/** When the server deletes the message, in milliseconds since the epoch; undefined for one without a `Nats-TTL` of ours. */
export function expiryOf({ time, hdrs }: LeaderMessage): number | undefined {
  if (hdrs === undefined) return undefined;
  const seconds = /^Nats-TTL: ?(\d+)\r$/im.exec(Buffer.from(hdrs, 'base64').toString())?.[1];
  return seconds === undefined ? undefined : Date.parse(time) + Number(seconds) * 1000;
}
