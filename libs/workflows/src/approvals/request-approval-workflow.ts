/** An approval on its own, for other workflows as a child and for anybody by HTTP. */
import { requestApproval as contract, withdrawApproval } from '@countersign/contracts';
import { setCustomStatus, waitForEvent, workflow, type Effect } from '@countersign/workflow';
import { requestApproval } from './request-approval';

const DEFAULT_LIFE = 24 * 3600;

export const requestApprovalV1 = workflow(contract, { version: 1 }, (input) =>
  requestApproval({
    ref: contract.name,
    subject: input.subject,
    requestedBy: input.requestedBy,
    policy: input.approval,
    defaults: { channel: 'slack', ttlSeconds: DEFAULT_LIFE },
    show: setCustomStatus,
    withdrawn: withdrawal(),
  }),
);

/** Whoever may raise events may raise anything: without a reason it is a withdrawal all the same. */
function* withdrawal(): Generator<Effect, string, unknown> {
  const given: { reason?: unknown } | null = yield* waitForEvent(withdrawApproval);
  return typeof given?.reason === 'string' ? given.reason : 'nobody says why';
}
