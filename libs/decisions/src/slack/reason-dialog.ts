/** How the dialog that asks for a reason is recognised when it comes back; its `private_metadata` is the token. */
export const REASON_DIALOG = {
  callbackId: 'countersign_reason',
  block: 'reason',
  field: 'reason',
} as const;
