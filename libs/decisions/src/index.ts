export type { ClosedApproval, OpenApproval } from './approval-state';
export { Decisions, OUTCOME_WAIT } from './decisions';
export { readableTime, timeLeft } from './readable-time';
export { REASON_DIALOG } from './slack/reason-dialog';
export { SlackDoor } from './slack/slack-door';
export { answerOf, REFUSAL_TEXTS, type StoredVerdict, type Verdict } from './verdict';
