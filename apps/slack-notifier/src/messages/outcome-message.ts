import { OUTCOME_TITLES, type ApprovalOutcome, type Subject } from '@countersign/contracts';
import { context, header, type Message, mrkdwn, subjectBlocks } from './blocks';
import { escape, fit, time } from './text';

const NOTE = 2000;
/** Leaves room for the marks of its lines. */
const REASON = 1000;

/** Where it was decided, unless that was here. */
const DOORS: Readonly<Record<string, string>> = {
  page: 'on the approval page',
  http: 'over HTTP',
  key: 'over HTTP',
  email: 'by e-mail',
};

/** What became of the question: the same message, without buttons. */
export function outcomeMessage(subject: Subject, dueAt: string, outcome: ApprovalOutcome): Message {
  const title = OUTCOME_TITLES[outcome.kind];
  const summary = sentence(outcome, dueAt);
  return {
    text: `${title}: ${fit(subject.description, 200)}`,
    blocks: [
      header(title),
      ...subjectBlocks(subject),
      { type: 'section', text: mrkdwn(summary) },
      ...(outcome.reason ? [{ type: 'section' as const, text: mrkdwn(quote(outcome.reason)) }] : []),
      ...(outcome.note ? [context(fit(outcome.note, NOTE))] : []),
    ],
  };
}

/** Each line of it is marked as somebody's words. */
const quote = (text: string): string =>
  fit(text, REASON)
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');

function sentence({ kind, by, at, channel = '' }: ApprovalOutcome, dueAt: string): string {
  const door = DOORS[channel];
  const who = (by ? `*${escape(by.name)}*` : 'somebody') + (door === undefined ? '' : ` ${door}`);
  switch (kind) {
    case 'approved':
      return `:white_check_mark: Approved by ${who}, ${time(at)}`;
    case 'rejected':
      return `:no_entry: Rejected by ${who}, ${time(at)}`;
    case 'expired':
      return `:hourglass: Nobody decided before ${time(dueAt)}`;
    case 'reconciled':
      return `:leftwards_arrow_with_hook: Decided where it was asked, ${time(at)}`;
    case 'failed':
      return by
        ? `:warning: ${who} decided, but the decision could not be delivered, ${time(at)}`
        : `:warning: This approval failed, ${time(at)}`;
  }
}
