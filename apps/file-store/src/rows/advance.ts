/**
 * What may follow what in the row of a file. Activities are repeated, and may be late: the row only ever goes
 * forward, within a run of its instance and from one run to the next, whatever comes in which order.
 */
import type { FileFacts, FileRow, FileState, UploadedFile } from '@countersign/contracts';

const RANK: Readonly<Record<FileState, number>> = {
  Uploaded: 0,
  Analysed: 1,
  Available: 2,
  Refused: 2,
  Expired: 2,
};

/** The row that takes this one's place; undefined where it says as much already, or more. */
export function advanced(row: FileRow | undefined, next: FileRow): FileRow | undefined {
  if (row === undefined || Number(row.Run) < Number(next.Run)) return next;
  if (Number(row.Run) > Number(next.Run) || RANK[row.State] >= RANK[next.State]) return undefined;
  return { ...row, ...next };
}

/** The row of a file in so far as it is known. */
export function rowOf(
  { name, contentType, size, uploadedAt, uploadedBy }: UploadedFile,
  run: number,
  state: FileState,
  { facts, note }: { facts?: FileFacts | undefined; note?: string | undefined } = {},
): FileRow {
  return {
    Name: name,
    ContentType: contentType,
    Size: size,
    State: state,
    UploadedAt: uploadedAt,
    Run: String(run),
    ...(uploadedBy !== undefined && { UploadedBy: uploadedBy }),
    ...(note !== undefined && { Note: note }),
    ...(facts && columnsOf(facts)),
  };
}

const columnsOf = ({ size, sha256, detectedType, text, image }: FileFacts) => ({
  Size: size,
  Sha256: sha256,
  DetectedType: detectedType,
  ...(text && { Characters: text.characters, Words: text.words, Lines: text.lines }),
  ...(image && { Width: image.width, Height: image.height }),
});
