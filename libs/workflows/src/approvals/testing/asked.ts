/** What the stories about approvals share: a request that has been posted, people, and what they do. */
import { join } from 'node:path';
import {
  decision,
  postApproval,
  saveToken,
  updateMessage,
  type ApprovalPolicy,
  type ApprovalStatus,
  type Decision,
  type DecisionKind,
  type Person,
} from '@countersign/contracts';
import { given, keepHistory, type Story } from '@countersign/testing';
import type { ActivityRef, Json } from '@countersign/workflow';
import { requestApprovalV1 } from '../request-approval-workflow';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const token = { tokenHash: 'ab'.repeat(32), sealedToken: 'sealed' };
export const message = { channel: 'C1', ts: '1.5' };
export const elsewhere = { channel: 'C2', ts: '2.5' };
export const clicked = decision.of(token.tokenHash);
export const subject = { description: 'a talk', facts: [{ label: 'Track', value: 'Engines' }] };
/** Where nothing else is said, the request was made at midnight and has a day. */
export const dueAt = '2030-01-02T00:00:00.000Z';

export const ada = { id: 'U1', name: 'Ada' };
export const bob = { id: 'U2', name: 'Bob' };
export const eve = { id: 'U9', name: 'Eve' };

export const click = (
  by: Person,
  action: DecisionKind = 'approve',
  more: Partial<Decision> = {},
): Decision => ({
  id: `${by.id}-${action}`,
  action,
  by,
  channel: 'slack',
  ...more,
});

/** A request with a policy, up to the message in Slack. */
export const asked = (approval: ApprovalPolicy = {}, requestedBy?: string): Story =>
  given(requestApprovalV1, { subject, approval, ...(requestedBy && { requestedBy }) } as unknown as Json)
    .whenDone(saveToken, token)
    .whenDone(postApproval, message);

export const updated = (story: Story): Story => story.whenDone(updateMessage, { updated: true });

/** The inputs of the open calls of an activity, the oldest first. */
export const inputsOf = <Input>({ instance }: Story, activity: ActivityRef<Input, unknown>): Input[] =>
  instance
    .openTasks()
    .filter(({ name }) => name === activity.name)
    .map(({ args }) => JSON.parse(args) as Input);

export const statusOf = ({ instance }: Story): ApprovalStatus =>
  instance.step.customStatus as unknown as ApprovalStatus;

/** Written while histories are recorded (libs/testing/src/story/config.ts), replayed by histories.spec.ts. */
export const keep = (name: string, story: Story): void =>
  keepHistory(join(__dirname, '..', 'histories', 'requests'), name, story);
