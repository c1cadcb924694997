import type { Subject } from '@countersign/contracts';
import { REASON_DIALOG } from '@countersign/decisions';
import type { ViewsOpenArguments } from '@slack/web-api';
import { mrkdwn } from './blocks';
import { fit } from './text';

export type Dialog = ViewsOpenArguments['view'];

const DESCRIPTION = 500;
/** The longest reason that a decision carries. */
const MAX_REASON = 2000;

const plain = (text: string) => ({ type: 'plain_text' as const, text });

/** Asks why somebody rejects. What is submitted comes back with the token. */
export const reasonDialog = ({ description }: Subject, token: string): Dialog => ({
  type: 'modal',
  callback_id: REASON_DIALOG.callbackId,
  private_metadata: token,
  title: plain('Why do you reject?'),
  submit: plain('Reject'),
  close: plain('Cancel'),
  blocks: [
    { type: 'section', text: mrkdwn(fit(description, DESCRIPTION)) },
    {
      type: 'input',
      block_id: REASON_DIALOG.block,
      label: plain('Reason'),
      element: {
        type: 'plain_text_input',
        action_id: REASON_DIALOG.field,
        multiline: true,
        min_length: 1,
        max_length: MAX_REASON,
      },
    },
  ],
});
