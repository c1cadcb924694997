/** What only tests do with blobs. */
import { BlockBlobs } from '@countersign/azure';
import { FILES_CONTAINER } from '@countersign/contracts';

export const filesIn = (connectionString: string) => new BlockBlobs(connectionString, FILES_CONTAINER);

/** Uploads a file as ingestion does. */
export async function upload(blobs: BlockBlobs, fileId: string, bytes: Buffer): Promise<void> {
  const content = (async function* () {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  })();
  await blobs.write(fileId, content, () => ({ contentType: 'application/octet-stream' }));
}
