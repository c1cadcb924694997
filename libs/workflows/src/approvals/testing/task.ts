/** What the stories about FlexDeploy's tasks share: a task that has been asked for in Slack. */
import { join } from 'node:path';
import { claimToken, postApproval, saveToken, type Decision } from '@countersign/contracts';
import { given, keepHistory, type Story } from '@countersign/testing';
import { notifyOnTaskV1 } from '../notify-on-task';
import { ada, clicked, message, token } from './asked';

export const taskId = '8900';
export const approves: Decision = { action: 'approve', by: ada, channel: 'slack' };

export const askedOfTask = (): Story =>
  given(notifyOnTaskV1, { taskid: taskId, description: 'DiPocket v. is about to be deployed to PROD' });

/** Everything up to the message in Slack. */
export const waiting = (): Story => askedOfTask().whenDone(saveToken, token).whenDone(postApproval, message);

export const deciding = (click = approves): Story =>
  waiting().whenRaised(clicked, click).whenDone(claimToken, { claimed: true });

/**
 * Written while histories are recorded (libs/testing/src/story/config.ts), replayed by histories.spec.ts. Those
 * in the folder above were made before FlexDeploy told of changes; nothing writes them anew.
 */
export const keepTask = (name: string, story: Story): void =>
  keepHistory(join(__dirname, '..', 'histories', 'task-changed'), name, story);
