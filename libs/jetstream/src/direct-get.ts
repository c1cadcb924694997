/**
 * Direct gets: fast, and possibly answered by a replica that is behind. (The client's own
 * `getBatch` subscribes and unsubscribes for each request, which costs about as much again.)
 */
import type { StoredMessage } from '@countersign/workflow';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';
import { directGet, directGetLast } from './api-subjects';
import type { Requests } from './requests';
import { storageUnavailable } from './unavailable';

interface Batch {
  readonly messages: StoredMessage[];
  /** More messages of the subject follow. */
  readonly more: boolean;
}

const BATCH = 1000;
const STATUS = { message: 0, endOfBatch: 204, notFound: 404 } as const;

/**
 * All messages of one literal subject from `fromSeq` on.
 * @throws CodedError `StorageUnavailable`
 */
export async function readSubject(
  requests: Requests,
  stream: string,
  subject: string,
  fromSeq: number,
): Promise<StoredMessage[]> {
  let { messages, more } = await readBatch(requests, stream, subject, fromSeq);
  while (more) {
    const next = await readBatch(requests, stream, subject, (messages.at(-1)?.seq ?? fromSeq) + 1);
    messages = messages.concat(next.messages);
    more = next.more && next.messages.length > 0;
  }
  return messages;
}

/**
 * The first messages whose subject matches a filter, from `fromSeq` on.
 * @throws CodedError `StorageUnavailable`
 */
export async function readSome(
  requests: Requests,
  stream: string,
  { filter, fromSeq, limit }: { filter: string; fromSeq: number; limit: number },
): Promise<StoredMessage[]> {
  return (await readBatch(requests, stream, filter, fromSeq, limit)).messages;
}

/**
 * The messages with these sequences, in that order; those that are gone are left out.
 * @throws CodedError `StorageUnavailable`
 */
export async function readAt(
  requests: Requests,
  stream: string,
  seqs: readonly number[],
): Promise<StoredMessage[]> {
  const readOne = (seq: number) => requests.request(directGet(stream), JSON.stringify({ seq }), collectOne);
  const answers = await Promise.all(seqs.map(readOne));
  return answers.flatMap(({ found }) => found ?? []);
}

/**
 * Newest message of a literal subject.
 * @throws CodedError `StorageUnavailable`
 */
export async function readLast(
  requests: Requests,
  stream: string,
  subject: string,
): Promise<StoredMessage | undefined> {
  return (await requests.request(directGetLast(stream, subject), '', collectOne)).found;
}

const collectOne = () => (message: Msg) => {
  const headers = headersOf(message);
  return headers.code === STATUS.notFound ? { found: undefined } : { found: storedMessage(message, headers) };
};

function readBatch(
  requests: Requests,
  stream: string,
  subject: string,
  seq: number,
  batch = BATCH,
): Promise<Batch> {
  const query = JSON.stringify({ seq, next_by_subj: subject, batch });
  return requests.request(directGet(stream), query, collectBatch);
}

function collectBatch(): (message: Msg) => Batch | undefined {
  const messages: StoredMessage[] = [];
  return (message) => {
    const headers = headersOf(message);
    if (headers.code === STATUS.endOfBatch)
      return { messages, more: Number(headers.get('Nats-Num-Pending')) > 0 };
    if (headers.code === STATUS.notFound) return { messages, more: false };
    messages.push(storedMessage(message, headers));
    return undefined;
  };
}

function headersOf({ headers }: Msg): MsgHdrs {
  if (headers === undefined) throw storageUnavailable('A direct get was answered without headers');
  if (
    headers.code === STATUS.message ||
    headers.code === STATUS.endOfBatch ||
    headers.code === STATUS.notFound
  ) {
    return headers;
  }
  throw storageUnavailable(`A direct get was refused: ${headers.code} ${headers.description}`);
}

const storedMessage = (message: Msg, headers: MsgHdrs): StoredMessage => ({
  seq: Number(headers.last('Nats-Sequence')),
  subject: headers.last('Nats-Subject'),
  at: Date.parse(headers.last('Nats-Time-Stamp')),
  body: message.string(),
});
