import { Blobs, options } from './blobs';
import { failure } from './failure';

/** Most bytes of one append. Source: the limit of the Append Block operation in every version of the service. */
export const MAX_BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * Blobs that only grow, in one container of an Azure storage account. An append is atomic and in an order
 * that everybody sees; it may be there twice, because the client repeats a request whose answer was lost.
 * A blob takes 50,000 appends; the next one is refused.
 * What does not exist is an answer, not an error; the container is made by the first `create`.
 *
 * Every method throws CodedError `BlobUnavailable` (retryable) when the service cannot be reached or
 * has failed, TerminalError `BlobRefused` when it refuses the credentials or the request.
 */
export class AppendBlobs extends Blobs {
  /** Makes an empty blob; false when there is one of that name, which stays as it is. */
  async create(name: string, signal?: AbortSignal): Promise<boolean> {
    const conditions = { ifNoneMatch: '*' };
    const create = async () => {
      await this.container.getAppendBlobClient(name).create({ ...options(signal), conditions });
      return true;
    };
    const taken = () => false;
    return this.inContainer(create, signal, { 409: taken, 412: taken });
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
}
