/** Every declaration, for provisioning, checks at boot, and documents. */
import { decision } from './approvals/approval';
import { approveTask, readTask, rejectTask } from './approvals/flexdeploy';
import { notifyOnTask } from './approvals/notify-on-task';
import { postApproval, updateMessage } from './approvals/slack';
import { claimToken, revokeToken, saveToken } from './approvals/tokens';
import { counter } from './entities/counter';
import { countDistinct, discardCheckpoint, queryAudit } from './queries/query-audit';

export const activities = [
  saveToken,
  claimToken,
  revokeToken,
  postApproval,
  updateMessage,
  readTask,
  approveTask,
  rejectTask,
  countDistinct,
  discardCheckpoint,
] as const;

export const workflows = [notifyOnTask, queryAudit] as const;

export const events = [decision] as const;

export const entities = [counter] as const;

/** Every queue that has an activity. */
export const queues: readonly string[] = [...new Set(activities.map((activity) => activity.queue))];
