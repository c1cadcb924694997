import type { DecisionKind, PostApproval, ShownVote } from '@countersign/contracts';
import { context, header, type Message, subjectBlocks } from './blocks';
import { fit, time } from './text';

/** Length of the line that notifications show, in characters. */
const SUMMARY = 200;
/** Twenty votes fit into one text. */
const NAME = 40;

/** What the message shows of the question. */
type Question = Pick<PostApproval, 'subject' | 'dueAt' | 'quorum' | 'reasonOnReject' | 'escalated'>;

const button = (action: DecisionKind, text: string, style: 'primary' | 'danger', token: string) => ({
  type: 'button' as const,
  action_id: action,
  text: { type: 'plain_text' as const, text },
  style,
  value: token,
});

/**
 * The question, with a button for each answer and who has voted so far. Each button's value is the token itself.
 *
 * @param page address of the approval page
 */
export function approvalMessage(
  question: Question,
  token: string,
  page: string,
  votes: readonly ShownVote[] = [],
): Message {
  const { subject, dueAt, escalated } = question;
  const title = escalated ? 'Approval still needed' : 'Approval needed';
  return {
    text: `${title}: ${fit(subject.description, SUMMARY)}`,
    blocks: [
      header(title),
      ...(escalated ? [context(':rotating_light: Nobody has decided where it was asked for first')] : []),
      ...subjectBlocks(subject),
      ...progress(question, votes),
      {
        type: 'actions',
        block_id: 'approval',
        elements: [
          button('approve', 'Approve', 'primary', token),
          button('reject', 'Reject', 'danger', token),
        ],
      },
      context(
        [
          `Due ${time(dueAt)}`,
          ...(question.reasonOnReject ? ['who rejects is asked why'] : []),
          `<${page}|Decide in the browser>`,
        ].join(' · '),
      ),
    ],
  };
}

/** Who has approved so far, where one alone does not decide. */
function progress({ quorum = 1 }: Question, votes: readonly ShownVote[]) {
  if (quorum < 2) return [];
  const approvals = votes.filter(({ action }) => action === 'approve');
  const names = approvals.map(({ by, at }) => `:white_check_mark: *${fit(by.name, NAME)}*, ${time(at)}`);
  return [context([`${approvals.length} of ${quorum} people have approved`, ...names].join('\n'))];
}

/** Says below the message that it still waits. */
export const reminder = ({ subject, dueAt }: Question): string =>
  `:bell: Still waits for a decision: ${fit(subject.description, SUMMARY)} · due ${time(dueAt)}`;
