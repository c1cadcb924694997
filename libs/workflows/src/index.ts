import type { WorkflowDefinition } from '@countersign/workflow';
import { notifyOnTaskV1 } from './approvals/notify-on-task';
import { queryAuditV1 } from './queries/query-audit';

/** Every version of every workflow that coordinators run. A version stays here while instances may wait on it. */
export const definitions: readonly WorkflowDefinition[] = [notifyOnTaskV1, queryAuditV1];
