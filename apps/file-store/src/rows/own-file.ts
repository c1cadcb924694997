import { TerminalError } from '@countersign/workflow';

/**
 * A file is looked after by the instance of the same id, and by no other: nobody gets at one by starting a
 * workflow of their own for it.
 *
 * @throws TerminalError `FileOfAnother`
 */
export function checkOwner(fileId: string, { instanceId }: { readonly instanceId: string }): void {
  if (instanceId === fileId) return;
  throw new TerminalError(
    'FileOfAnother',
    'The file belongs to another instance. Upload one to get its own.',
  );
}
