import type { WorkflowDefinition } from '@countersign/workflow';
import { counterV1 } from './entities/counter';
import { notifyOnTaskV1 } from './approvals/notify-on-task';
import { requestApprovalV1 } from './approvals/request-approval-workflow';
import { processFileV1 } from './files/process-file';
import { processOrderV1 } from './orders/process-order';
import { queryAuditV1 } from './queries/query-audit';
import { processSubmissionV1 } from './submissions/process-submission';

/** Every version of every workflow that coordinators run. A version stays here while instances may wait on it. */
export const definitions: readonly WorkflowDefinition[] = [
  notifyOnTaskV1,
  requestApprovalV1,
  counterV1,
  queryAuditV1,
  processSubmissionV1,
  processOrderV1,
  processFileV1,
];
