import { type CodedError } from '@countersign/workflow';
import { BlobServiceClient, type BlobItem, type ContainerClient } from '@azure/storage-blob';
import { openClient } from './connection';
import { attempting, failure, RETRIES, type Target, within } from './failure';

/** Milliseconds that one request may take, its short retries included. */
const TIMEOUT = 30_000;
/** Most bytes of one append. Source: the limit of the Append Block operation in every version of the service. */
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024;

export interface BlobEntry {
  readonly name: string;
  readonly modifiedAt: Date;
}

/**
 * Blobs that only grow, in one container of an Azure storage account. An append is atomic and in an order
 * that everybody sees; it may be there twice, because the client repeats a request whose answer was lost.
 * A blob takes 50,000 appends; the next one is refused.
 * What does not exist is an answer, not an error; the container is made by the first `create`.
 *
 * Every method throws CodedError `BlobUnavailable` (retryable) when the service cannot be reached or
 * has failed, TerminalError `BlobRefused` when it refuses the credentials or the request.
 */
export class AppendBlobs {
  private readonly container: ContainerClient;
  private readonly target: Target;
  private readonly attempt: ReturnType<typeof attempting>;

  /**
   * @param connectionString of a storage account; plain http only to a development server (see connection.ts)
   * @throws CodedError `BlobConnectionInvalid`
   */
  constructor(connectionString: string, container: string) {
    const service = openClient('Blob', () =>
      BlobServiceClient.fromConnectionString(connectionString, { retryOptions }),
    );
    this.container = service.getContainerClient(container);
    this.target = { service: 'Blob', name: container, setting: 'BLOBS_CONNECTION_STRING' };
    this.attempt = attempting(this.target);
  }

  /** Makes an empty blob; false when there is one of that name, which stays as it is. */
  async create(name: string, signal?: AbortSignal): Promise<boolean> {
    const conditions = { ifNoneMatch: '*' };
    const create = async () => {
      await this.container.getAppendBlobClient(name).create({ ...options(signal), conditions });
      return true;
    };
    const taken = () => false;
    return this.attempt(create, {
      409: taken,
      412: taken,
      404: async () => {
        await this.attempt(() => this.container.createIfNotExists(options(signal)));
        return this.attempt(create, { 409: taken, 412: taken });
      },
    });
  }

  /**
   * Adds a block to the end; false when there is no such blob.
   * @param block at most MAX_BLOCK_BYTES in UTF-8
   */
  async append(name: string, block: string, signal?: AbortSignal): Promise<boolean> {
    const body = Buffer.from(block);
    return this.attempt(
      async () => {
        await this.container.getAppendBlobClient(name).appendBlock(body, body.length, options(signal));
        return true;
      },
      { 404: () => false },
    );
  }

  /** Streams the content as it was when the reading began; nothing when there is no such blob. */
  async *read(name: string, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
    const abort = signal ? { abortSignal: signal } : {};
    const stream = await this.attempt(
      async () =>
        (await this.container.getAppendBlobClient(name).download(0, undefined, abort)).readableStreamBody,
      { 404: () => undefined },
    );
    try {
      for await (const chunk of stream ?? []) yield Buffer.from(chunk);
    } catch (error) {
      throw failure(this.target, error);
    }
  }

  /** Every blob whose name begins so. */
  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<BlobEntry, void, undefined> {
    const blobs = this.container.listBlobsFlat({ prefix, ...(signal && { abortSignal: signal }) });
    for (;;) {
      const { value, done } = await this.attempt<IteratorResult<BlobItem, unknown>>(() => blobs.next(), {
        404: () => ({ done: true, value: undefined }),
      });
      if (done) return;
      yield { name: value.name, modifiedAt: value.properties.lastModified };
    }
  }

  /** False when there was no such blob. */
  async delete(name: string, signal?: AbortSignal): Promise<boolean> {
    return this.attempt(
      async () => {
        await this.container.getAppendBlobClient(name).delete(options(signal));
        return true;
      },
      { 404: () => false },
    );
  }

  /** `true` when the service answers, else why not: a readiness check. */
  async check(): Promise<true | string> {
    try {
      await this.attempt(() => this.container.exists(options()));
      return true;
    } catch (error) {
      return (error as CodedError).message;
    }
  }
}

const retryOptions = {
  maxTries: RETRIES.tries,
  retryDelayInMs: RETRIES.delay,
  maxRetryDelayInMs: RETRIES.maxDelay,
};

const options = (signal?: AbortSignal) => ({ abortSignal: within(TIMEOUT, signal) });
