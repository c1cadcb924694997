import { createHash } from 'node:crypto';
import type { FileFacts } from '@countersign/contracts';
import { HEAD_BYTES, imageFactsOf, mediaTypeOf } from './content';
import { TextCounter } from './text-counter';

const PLAIN = 'text/plain';
const UNKNOWN = 'application/octet-stream';
/** Recognised by what they begin with, and made of text all the same. */
const TEXTUAL = /^text\/|^application\/(xml|json)$|\+(xml|json)$/;

/** Finds the facts of a file as its bytes come. What it holds does not grow with the file. */
export class Analysis {
  private readonly hash = createHash('sha256');
  private readonly text = new TextCounter();
  private head: Buffer = Buffer.alloc(0);
  size = 0;

  add(chunk: Buffer): void {
    this.size += chunk.length;
    this.hash.update(chunk);
    this.text.add(chunk);
    const missing = HEAD_BYTES - this.head.length;
    if (missing > 0) this.head = Buffer.concat([this.head, chunk.subarray(0, missing)]);
  }

  /** Call once, after the last byte. */
  async end(): Promise<FileFacts> {
    const type = await mediaTypeOf(this.head);
    const counted = this.text.end();
    const text = type === undefined || TEXTUAL.test(type) ? counted : undefined;
    const image = type?.startsWith('image/') ? imageFactsOf(this.head) : undefined;
    return {
      size: this.size,
      sha256: this.hash.digest('hex'),
      detectedType: type ?? (text ? PLAIN : UNKNOWN),
      ...(text && { text }),
      ...(image && { image }),
    };
  }
}
