import { type CodedError } from '@countersign/workflow';
import { type BlobItem, BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { openClient } from './connection';
import { type Answers, attempting, RETRIES, type Target, within } from './failure';

/** Milliseconds that one request may take, its short retries included. */
const TIMEOUT = 30_000;

export interface BlobEntry {
  readonly name: string;
  readonly modifiedAt: Date;
  /** Of the version that was listed. */
  readonly etag: string;
}

/** What blobs of every kind have in common, in one container of an Azure storage account. */
export abstract class Blobs {
  protected readonly container: ContainerClient;
  protected readonly target: Target;
  protected readonly attempt: ReturnType<typeof attempting>;

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

  /** Every blob whose name begins so. */
  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<BlobEntry, void, undefined> {
    const blobs = this.container.listBlobsFlat({ prefix, ...(signal && { abortSignal: signal }) });
    for (;;) {
      const { value, done } = await this.attempt<IteratorResult<BlobItem, unknown>>(() => blobs.next(), {
        404: () => ({ done: true, value: undefined }),
      });
      if (done) return;
      const { lastModified: modifiedAt, etag } = value.properties;
      yield { name: value.name, modifiedAt, etag };
    }
  }

  /**
   * False when there was no such blob.
   *
   * @param etag deletes this version only: false when the blob was changed since
   */
  async delete(name: string, signal?: AbortSignal, etag?: string): Promise<boolean> {
    const not = () => false;
    const conditions = etag === undefined ? {} : { conditions: { ifMatch: etag } };
    return this.attempt(
      async () => {
        await this.container.getBlobClient(name).delete({ ...options(signal), ...conditions });
        return true;
      },
      etag === undefined ? { 404: not } : { 404: not, 412: not },
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

  /** Makes a request; where that needs the container, and there is none, it is made first. */
  protected async inContainer<T>(
    request: () => Promise<T>,
    signal: AbortSignal | undefined,
    answers: Answers<T> = {},
  ): Promise<T> {
    return this.attempt(request, {
      ...answers,
      404: async () => {
        await this.attempt(() => this.container.createIfNotExists(options(signal)));
        return this.attempt(request, answers);
      },
    });
  }
}

const retryOptions = {
  maxTries: RETRIES.tries,
  retryDelayInMs: RETRIES.delay,
  maxRetryDelayInMs: RETRIES.maxDelay,
};

/** Of one request. */
export const options = (signal?: AbortSignal) => ({ abortSignal: within(TIMEOUT, signal) });
