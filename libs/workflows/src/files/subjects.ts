/** What people read who decide about a file. */
import type { FileFacts, Subject, UploadedFile } from '@countersign/contracts';

/** Before anybody has looked into it. */
export const takeInSubject = (file: UploadedFile): Subject => ({
  description: `May the file ${file.name} be taken in?`,
  facts: [{ label: 'Said to be', value: file.contentType }, ...factsOf(file)],
});

export const giveOutSubject = (
  file: UploadedFile,
  { detectedType, sha256, text, image }: FileFacts,
): Subject => ({
  description: `May the file ${file.name} be downloaded?`,
  facts: [
    { label: 'Content', value: detectedType },
    ...(text ? [{ label: 'Text', value: `${text.lines} lines, ${text.words} words` }] : []),
    ...(image ? [{ label: 'Image', value: `${image.width} × ${image.height} pixels` }] : []),
    ...factsOf(file),
    { label: 'SHA-256', value: sha256 },
  ],
});

const factsOf = ({ name, size, uploadedAt, uploadedBy }: UploadedFile): Subject['facts'] => [
  { label: 'File', value: name },
  { label: 'Size', value: `${size} bytes` },
  { label: 'Uploaded', value: uploadedAt },
  ...(uploadedBy === undefined ? [] : [{ label: 'By', value: uploadedBy }]),
];
