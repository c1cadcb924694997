/** What the messages of an approval say. */
import {
  OUTCOME_TITLES,
  type ApprovalOutcome,
  type PostApproval,
  type UpdateMessage,
} from '@countersign/contracts';
import { readableTime } from '@countersign/decisions';
import { type Letter, letterOf, subjectOf } from './letter';

const REMARK =
  'Opening the page decides nothing. Whoever has the link can open it: do not pass this message on.';

/** The question, with a link to the page that takes the answer. */
export const approvalLetter = (question: PostApproval, page: string): Letter =>
  letterOf(subjectOf(question.subject), {
    title: 'Approval needed',
    subject: question.subject,
    sentences: conditions(question),
    link: { label: 'Decide', url: page },
    remark: REMARK,
  });

/** The question again. */
export const reminderLetter = (question: PostApproval, page: string): Letter =>
  letterOf(`Re: ${subjectOf(question.subject)}`, {
    title: 'Reminder: approval needed',
    subject: question.subject,
    sentences: ['This still waits for a decision.', ...conditions(question)],
    link: { label: 'Decide', url: page },
    remark: REMARK,
  });

/** What became of it. */
export function outcomeLetter({ subject, outcome, dueAt }: UpdateMessage): Letter {
  const { reason, note } = outcome;
  return letterOf(`Re: ${subjectOf(subject)}`, {
    title: OUTCOME_TITLES[outcome.kind],
    subject,
    sentences: [
      sentence(outcome, dueAt),
      ...(reason === undefined ? [] : [`Reason: ${reason}`]),
      ...(note === undefined ? [] : [note]),
    ],
    remark: 'The link in the earlier messages decides nothing any more.',
  });
}

const conditions = ({ escalated, quorum, reasonOnReject, dueAt }: PostApproval): string[] => [
  ...(escalated ? ['It was asked for elsewhere before, and nobody decided.'] : []),
  ...(quorum === undefined ? [] : [`${quorum} people must approve; one rejection rejects.`]),
  ...(reasonOnReject ? ['Who rejects must say why.'] : []),
  `Due ${readableTime(dueAt)}.`,
];

function sentence({ kind, by, at }: ApprovalOutcome, dueAt: string): string {
  const who = by?.name ?? 'somebody';
  switch (kind) {
    case 'approved':
      return `Approved by ${who}, ${readableTime(at)}.`;
    case 'rejected':
      return `Rejected by ${who}, ${readableTime(at)}.`;
    case 'expired':
      return `Nobody decided before ${readableTime(dueAt)}.`;
    case 'reconciled':
      return `Decided where it was asked, ${readableTime(at)}.`;
    case 'failed':
      return by
        ? `${who} decided, but the decision could not be delivered, ${readableTime(at)}.`
        : `This approval failed, ${readableTime(at)}.`;
  }
}
