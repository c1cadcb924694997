/**
 * Blobs that are written once, as a whole.
 *
 * 1. A blob is there when its blocks are committed, and not before: a writing that ends half way leaves
 *    blocks that are part of no blob, which the service forgets after a week.
 * 2. The first commit of a name wins; it carries a mark of its own, by which a writer whose answer was lost
 *    knows its work again.
 * 3. While a blob is written, a few blocks of it are in memory, however long it is.
 */
import { randomUUID } from 'node:crypto';
import { BlobSASPermissions, SASProtocol, StorageSharedKeyCredential } from '@azure/storage-blob';
import { CodedError, TerminalError } from '@countersign/workflow';
import { Blobs, options } from './blobs';
import { blocksOf } from './blocks';
import { bounded } from './bounded';
import { failure } from './failure';

/** Bytes of one block. A blob has 50,000 of them at most. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** Blocks that are sent at the same time. */
const IN_FLIGHT = 2;
/** Milliseconds that one block may take. */
const BLOCK_TIMEOUT = 60_000;
/** Milliseconds that a reader waits for the next bytes. */
const SILENCE = 30_000;
/** How far clocks may be apart, in milliseconds. Source: the vendor's advice on the start time of a SAS. */
const CLOCK_SKEW = 15 * 60_000;
/** Metadata by which a writer knows its own blob. */
const WRITER = 'writer';

/** What is kept with a blob, and sent to who reads it. */
export interface BlobDescription {
  readonly contentType: string;
  /** RFC 6266. */
  readonly disposition?: string;
  /** By names in lower case; printable ASCII. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface StoredBlob {
  readonly size: number;
  readonly modifiedAt: Date;
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface WriteOptions {
  /** Bytes that the content must have. Default: any number. */
  readonly length?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Every method throws CodedError `BlobUnavailable` (retryable) when the service cannot be reached or
 * has failed, TerminalError `BlobRefused` when it refuses the credentials or the request.
 */
export class BlockBlobs extends Blobs {
  /**
   * Writes a blob from a stream; false when there is one of that name, which stays as it is.
   *
   * @param describe is asked when all of the content has been read
   * @throws CodedError `BlobIncomplete` when the content has not the length that it should have
   * @throws what the content throws; there is no blob then
   */
  async write(
    name: string,
    content: AsyncIterable<Uint8Array>,
    describe: () => BlobDescription,
    { length, signal }: WriteOptions = {},
  ): Promise<boolean> {
    const writer = randomUUID();
    const { ids, bytes } = await this.stage(name, content, writer, signal);
    if (length !== undefined && bytes !== length)
      throw new CodedError('BlobIncomplete', `The content has ${bytes} bytes, not ${length}.`);
    return this.commit(name, ids, { ...describe(), writer, signal });
  }

  /** What is known of a blob; undefined when there is none. */
  async stat(name: string, signal?: AbortSignal): Promise<StoredBlob | undefined> {
    return this.attempt(
      async () => {
        const found = await this.container.getBlobClient(name).getProperties(options(signal));
        const { contentLength: size = 0, lastModified: modifiedAt = new Date(0), etag = '' } = found;
        return { size, modifiedAt, etag, metadata: found.metadata ?? {} };
      },
      { 404: () => undefined },
    );
  }

  /** Makes a version of the blob look new; false when it is another one, or gone. */
  async renew(name: string, { etag, metadata }: StoredBlob, signal?: AbortSignal): Promise<boolean> {
    const not = () => false;
    return this.attempt(
      async () => {
        const conditions = { ifMatch: etag };
        await this.container
          .getBlobClient(name)
          .setMetadata({ ...metadata }, { ...options(signal), conditions });
        return true;
      },
      { 404: not, 412: not },
    );
  }

  /**
   * Streams a version of a blob; a connection that breaks is taken up again where it was. Undefined when there
   * is no such blob.
   *
   * @param range first byte, and number of bytes; default: all
   */
  async open(
    name: string,
    { first = 0, count, signal }: { first?: number; count?: number; signal?: AbortSignal } = {},
  ): Promise<AsyncGenerator<Buffer, void, undefined> | undefined> {
    const giveUp = new AbortController();
    const abortSignal = signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal;
    const stream = await this.attempt(
      async () =>
        (await this.container.getBlobClient(name).download(first, count, { abortSignal })).readableStreamBody,
      { 404: () => undefined },
    );
    return stream && this.chunksOf(stream, giveUp);
  }

  /**
   * An address at which anybody may read this one blob, and do nothing else, until then; https only, unless
   * the service itself is a development server.
   *
   * @throws TerminalError `BlobLinkImpossible` when the connection string has no account key
   */
  async link(
    name: string,
    { expiresAt, disposition }: { expiresAt: Date; disposition?: string },
  ): Promise<string> {
    const blob = this.container.getBlobClient(name);
    if (!(blob.credential instanceof StorageSharedKeyCredential))
      throw new TerminalError(
        'BlobLinkImpossible',
        'A link to a blob can only be made with the account key: BLOBS_CONNECTION_STRING must hold it.',
      );
    return blob.generateSasUrl({
      permissions: BlobSASPermissions.from({ read: true }),
      startsOn: new Date(Math.min(Date.now(), expiresAt.getTime()) - CLOCK_SKEW),
      expiresOn: expiresAt,
      protocol: blob.url.startsWith('https:') ? SASProtocol.Https : SASProtocol.HttpsAndHttp,
      ...(disposition !== undefined && { contentDisposition: disposition }),
    });
  }

  /** Sends all blocks, a few at a time; the first failure stops all. */
  private async stage(
    name: string,
    content: AsyncIterable<Uint8Array>,
    writer: string,
    signal: AbortSignal | undefined,
  ): Promise<{ ids: string[]; bytes: number }> {
    const blob = this.container.getBlockBlobClient(name);
    const failed = new AbortController();
    const stop = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
    const inFlight = new Set<Promise<void>>();
    const send = (id: string, block: Buffer) =>
      this.inContainer(
        () =>
          bounded(BLOCK_TIMEOUT, stop, (abortSignal) =>
            blob.stageBlock(id, block, block.length, { abortSignal }),
          ),
        stop,
      ).then(
        () => undefined,
        (error: unknown) => failed.abort(error),
      );
    const ids: string[] = [];
    let bytes = 0;
    try {
      for await (const block of blocksOf(content, BLOCK_BYTES)) {
        stop.throwIfAborted();
        // All ids of a blob must have the same length.
        const id = Buffer.from(`${writer}-${String(ids.length).padStart(5, '0')}`).toString('base64');
        const sent = send(id, block).finally(() => inFlight.delete(sent));
        inFlight.add(sent);
        ids.push(id);
        bytes += block.length;
        if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
      }
    } catch (error) {
      failed.abort(error);
      throw error;
    } finally {
      await Promise.all(inFlight);
    }
    stop.throwIfAborted();
    return { ids, bytes };
  }

  private async commit(
    name: string,
    ids: string[],
    {
      contentType,
      disposition,
      metadata,
      writer,
      signal,
    }: BlobDescription & { writer: string; signal: AbortSignal | undefined },
  ): Promise<boolean> {
    const blob = this.container.getBlockBlobClient(name);
    const commit = async () => {
      await blob.commitBlockList(ids, {
        ...options(signal),
        conditions: { ifNoneMatch: '*' },
        blobHTTPHeaders: {
          blobContentType: contentType,
          ...(disposition !== undefined && { blobContentDisposition: disposition }),
        },
        metadata: { ...metadata, [WRITER]: writer },
      });
      return true;
    };
    const taken = async (error: unknown) => {
      const found = await this.stat(name, signal);
      if (found === undefined) throw failure(this.target, error);
      return found.metadata[WRITER] === writer;
    };
    // 400: another commit threw away the blocks that it did not name.
    return this.inContainer(commit, signal, { 400: taken, 409: taken, 412: taken });
  }

  private async *chunksOf(
    stream: NodeJS.ReadableStream,
    giveUp: AbortController,
  ): AsyncGenerator<Buffer, void, undefined> {
    const silent = () => giveUp.abort(new Error(`no byte within ${SILENCE} ms`));
    let timer = setTimeout(silent, SILENCE);
    try {
      for await (const chunk of stream) {
        clearTimeout(timer);
        yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        timer = setTimeout(silent, SILENCE);
      }
    } catch (error) {
      throw failure(this.target, giveUp.signal.aborted ? giveUp.signal.reason : error);
    } finally {
      clearTimeout(timer);
    }
  }
}
