import { createHash } from 'node:crypto';
import { MAX_FILE_BYTES } from '@countersign/contracts';
import { tooLarge } from './too-large';

/** Bytes that go by: how many there were, and which. */
export class Measured {
  private readonly hash = createHash('sha256');
  bytes = 0;

  /** @throws Problem 413 when there are more than a file may have */
  async *pass(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of content) {
      this.bytes += chunk.length;
      if (this.bytes > MAX_FILE_BYTES) throw tooLarge();
      this.hash.update(chunk);
      yield chunk;
    }
  }

  /** Call once, at the end. */
  digest(): string {
    return this.hash.digest('hex');
  }
}
