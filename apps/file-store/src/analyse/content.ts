/** What the first bytes of a file say of it. Files lie, and break off: what cannot be read is not recognised. */
import type { ImageFacts } from '@countersign/contracts';
import { fileTypeFromBuffer } from 'file-type';
import { imageSize } from 'image-size';

/** Bytes that are looked at: an image may begin with much that is about it. */
export const HEAD_BYTES = 512 * 1024;

/** Media type; undefined when it is none that is recognised by its bytes. */
export async function mediaTypeOf(head: Uint8Array): Promise<string | undefined> {
  try {
    return (await fileTypeFromBuffer(head))?.mime;
  } catch {
    return undefined;
  }
}

/** Undefined where the size is not said in a way that is known. */
export function imageFactsOf(head: Uint8Array): ImageFacts | undefined {
  try {
    // A copy: a view would be read beyond its end.
    const { width, height } = imageSize(new Uint8Array(head));
    return Number.isSafeInteger(width) && Number.isSafeInteger(height) && width >= 0 && height >= 0
      ? { width, height }
      : undefined;
  } catch {
    return undefined;
  }
}
