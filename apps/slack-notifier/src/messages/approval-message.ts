import type { DecisionKind, Subject } from '@countersign/contracts';
import { context, header, type Message, subjectBlocks } from './blocks';
import { fit, time } from './text';

/** Length of the line that notifications show, in characters. */
const SUMMARY = 200;

const button = (action: DecisionKind, text: string, style: 'primary' | 'danger', token: string) => ({
  type: 'button' as const,
  action_id: action,
  text: { type: 'plain_text' as const, text },
  style,
  value: token,
});

/** The question, with a button for each answer. Each button's value is the token itself. */
export function approvalMessage(subject: Subject, dueAt: string, token: string, publicUrl: string): Message {
  const page = `${publicUrl.replace(/\/+$/, '')}/approvals/${token}`;
  return {
    text: `Approval needed: ${fit(subject.description, SUMMARY)}`,
    blocks: [
      header('Approval needed'),
      ...subjectBlocks(subject),
      {
        type: 'actions',
        block_id: 'approval',
        elements: [
          button('approve', 'Approve', 'primary', token),
          button('reject', 'Reject', 'danger', token),
        ],
      },
      context(`Due ${time(dueAt)} · <${page}|Decide in the browser>`),
    ],
  };
}
