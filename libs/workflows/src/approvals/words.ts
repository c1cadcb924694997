/** What people are told, privately, of a click that does not count (yet). */
import type { Approval, Turned } from './approval';
import type { Rules } from './judge';

/** People and groups that are named; beyond it the message says how many more there are. */
const MAX_NAMED = 10;

export function wordsFor(why: Turned['why'], { rules, votes }: Approval): string {
  switch (why) {
    case 'not-an-approver':
      return `Your click does not count: you are not among those who may decide this. ${approversOf(rules)}`;
    case 'own-request':
      return 'Your click does not count: who asks for something may not decide it. Ask somebody else to.';
    case 'voted-already':
      return `You have approved this already. ${missing(rules.quorum - votes.length)} You can still reject it.`;
    case 'unidentified':
      return 'Your click does not count: only people who are known may decide this. Press the button in Slack.';
    case 'reason-required':
      return 'Your rejection does not count yet: it needs a reason. Press Reject again and say why.';
    case 'no-dialog':
      return 'Your rejection does not count yet: it needs a reason, and the dialog for it could not be opened in time. Press Reject again, or reject on the page that the message links to.';
    case 'not-checked':
      return 'It cannot be looked up now whether you may decide this. Your click is kept, and looked up again until the approval is due; you need not do anything.';
  }
}

function approversOf({ users, groups }: Rules): string {
  const named = [...users.map((user) => `<@${user}>`), ...groups.map((group) => `<!subteam^${group}>`)];
  const more = named.length > MAX_NAMED ? ` and ${named.length - MAX_NAMED} more` : '';
  return `Ask one of those who may: ${named.slice(0, MAX_NAMED).join(', ')}${more}.`;
}

const missing = (count: number): string =>
  count === 1 ? 'One more person has to approve it.' : `${count} more people have to approve it.`;
