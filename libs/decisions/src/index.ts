export { approvalOf, type ClosedApproval, type OpenApproval } from './approval-state';
export { Decisions } from './decisions';
export { readableTime, timeLeft } from './readable-time';
export { readSlackClick, type SlackClick } from './slack/slack-click';
export { answerOf, type StoredVerdict, type Verdict } from './verdict';
export { within } from './within';
