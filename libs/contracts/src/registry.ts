/** Every declaration, for provisioning, checks at boot, and documents. */
import { decision } from './approvals/approval';
import { emailChannel } from './approvals/email';
import { approveTask, readTask, rejectTask } from './approvals/flexdeploy';
import { notifyOnTask, taskChanged } from './approvals/notify-on-task';
import { requestApproval, withdrawApproval } from './approvals/request-approval';
import { slackChannel } from './approvals/slack';
import { claimToken, revokeToken, saveToken } from './approvals/tokens';
import type { WorkflowContract } from './define';
import { counter } from './entities/counter';
import { analyseFile, markFile, registerFile } from './files/file-store';
import { downloadApproved, processFile, uploadApproved } from './files/process-file';
import { orderApproval, processOrder } from './orders/process-order';
import { sendPush } from './orders/push';
import { countDistinct, discardCheckpoint, queryAudit } from './queries/query-audit';
import { processSubmission } from './submissions/process-submission';
import { moderate, select, shortlist } from './submissions/reviews';

export const activities = [
  saveToken,
  claimToken,
  revokeToken,
  ...Object.values(slackChannel),
  ...Object.values(emailChannel),
  readTask,
  approveTask,
  rejectTask,
  countDistinct,
  discardCheckpoint,
  moderate,
  shortlist,
  select,
  sendPush,
  registerFile,
  analyseFile,
  markFile,
] as const;

export const workflows = [
  notifyOnTask,
  requestApproval,
  queryAudit,
  processSubmission,
  processOrder,
  processFile,
] as const;

export const events = [
  decision,
  taskChanged,
  withdrawApproval,
  orderApproval,
  uploadApproved,
  downloadApproved,
] as const;

export const entities = [counter] as const;

/** Every queue that has an activity. */
export const queues: readonly string[] = [...new Set(activities.map((activity) => activity.queue))];

const retryAfters = new Map(
  (workflows as readonly Pick<WorkflowContract<object, unknown>, 'name' | 'retryAfterSeconds'>[]).map(
    ({ name, retryAfterSeconds }) => [name, retryAfterSeconds],
  ),
);

/** Seconds that pollers of a workflow are told to wait, where it declares them. */
export const retryAfterOf = (workflow: string): number | undefined => retryAfters.get(workflow);
