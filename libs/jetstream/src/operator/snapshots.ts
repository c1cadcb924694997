import { DEAD_LETTER_STREAM, DEPLOYMENT_BUCKET, streamName } from '@countersign/contracts';
import { CodedError } from '@countersign/workflow';
import { JetStreamApiCodes, JetStreamApiError, type ApiError } from '@nats-io/jetstream';
import type { Subscription } from '@nats-io/transport-node';
import { streamRestore, streamSnapshot } from '../api-subjects';
import type { JetStreamConnection } from '../connection';
import { storageUnavailable } from '../unavailable';

/** What a stream was when its snapshot was taken: the server wants it back with the bytes. */
export interface StreamSnapshot {
  readonly config: object;
  readonly state: { readonly messages: number; readonly last_seq: number };
}

interface Answer extends Partial<StreamSnapshot> {
  readonly error?: ApiError;
  /** Where the bytes of a restore go. */
  readonly deliver_subject?: string;
}

type Write = (chunk: Uint8Array) => Promise<unknown>;

const CHUNK = 128 * 1024;
/** Milliseconds for an answer, or for the next chunk. */
const PATIENCE = 30_000;
/** Milliseconds for the server to read at the end what it was given. */
const END_PATIENCE = 600_000;
/** From this status on, the end of a snapshot is no good one. */
const REFUSED = 400;

/** Every stream of a deployment. The one with the shard count is the last: where it is missing, no service starts. */
export const deploymentStreams = (shards: number): string[] => [
  ...Array.from({ length: shards }, (_, shard) => streamName(shard)),
  DEAD_LETTER_STREAM,
  `KV_${DEPLOYMENT_BUCKET}`,
];

/**
 * Streams with their consumers as bytes, and back; what is in the bytes is the server's affair. They come in chunks, each
 * of which is answered, so that neither side is overrun; a chunk without bytes is the end.
 * Source: the NATS reference, "JetStream wire API", snapshot and restore of a stream.
 */
export class Snapshots {
  constructor(private readonly connection: JetStreamConnection) {}

  /**
   * The stream as it is now; it goes on meanwhile. The next chunk comes when `write` is done with one.
   * @throws CodedError `SnapshotFailed`: what was written is of no use; what `write` throws
   */
  async take(stream: string, write: Write): Promise<StreamSnapshot> {
    const { nc } = this.connection;
    const inbox = this.connection.inbox();
    const chunks = nc.subscribe(inbox);
    // On another connection nothing more of it comes.
    const forget = this.connection.onDisconnect(() => chunks.unsubscribe());
    try {
      const request = { deliver_subject: inbox, chunk_size: CHUNK };
      const { error, config, state } = await this.ask(streamSnapshot(stream), JSON.stringify(request));
      if (error !== undefined || config === undefined || state === undefined)
        throw snapshotFailed(stream, error?.description ?? 'the server does not say what it is');
      await hand(stream, chunks, write);
      return { config, state };
    } finally {
      forget();
      chunks.unsubscribe();
    }
  }

  /** @throws CodedError `RestoreFailed`: the stream is not there then, as it was not before */
  async restore(
    stream: string,
    { config, state }: StreamSnapshot,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<void> {
    const accepted = async (
      subject: string,
      body: string | Uint8Array,
      patience?: number,
    ): Promise<Answer> => {
      const answer = await this.ask(subject, body, patience);
      if (answer.error !== undefined) throw restoreFailed(stream, answer.error.description);
      return answer;
    };
    const { deliver_subject: target = '' } = await accepted(
      streamRestore(stream),
      JSON.stringify({ config, state }),
    );
    for await (const chunk of chunks) await accepted(target, chunk);
    await accepted(target, '', END_PATIENCE);
    const { last_seq } = (await this.connection.jsm.streams.info(stream)).state;
    if (last_seq !== state.last_seq)
      throw restoreFailed(stream, `it ends with message ${last_seq}, and should with ${state.last_seq}`);
  }

  async exists(stream: string): Promise<boolean> {
    try {
      await this.connection.jsm.streams.info(stream);
      return true;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return false;
      throw error;
    }
  }

  /** Chunks are answered without a body. */
  private async ask(subject: string, body: string | Uint8Array, patience = PATIENCE): Promise<Answer> {
    const request = this.connection.nc.request(subject, body, { timeout: patience });
    const answer = await request.catch((cause: unknown) => {
      throw storageUnavailable(`JetStream does not answer ${subject}`, cause);
    });
    return answer.data.length === 0 ? {} : answer.json<Answer>();
  }
}

async function hand(stream: string, chunks: Subscription, write: Write): Promise<void> {
  const silence = setTimeout(() => chunks.unsubscribe(), PATIENCE);
  try {
    for await (const chunk of chunks) {
      if (chunk.data.length === 0) {
        const { code = 0, description = '' } = chunk.headers ?? {};
        if (code >= REFUSED) throw snapshotFailed(stream, description);
        return;
      }
      await write(chunk.data);
      chunk.respond();
      silence.refresh();
    }
  } finally {
    clearTimeout(silence);
  }
  throw snapshotFailed(stream, 'it broke off');
}

const snapshotFailed = (stream: string, why: string): CodedError =>
  new CodedError('SnapshotFailed', `No snapshot of ${stream} could be taken: ${why}.`, { retryable: true });

const restoreFailed = (stream: string, why: string): CodedError =>
  new CodedError('RestoreFailed', `${stream} was not restored: ${why}.`);
