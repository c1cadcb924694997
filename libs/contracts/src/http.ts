/** Where things are under `PUBLIC_URL`: the one origin that clients see, never taken from a Host header. */

const under = (publicUrl: string, path: string, name: string): string =>
  `${publicUrl.replace(/\/+$/, '')}${path}/${encodeURIComponent(name)}`;

/** Absolute address of an instance's public status. */
export const statusUri = (publicUrl: string, id: string): string => under(publicUrl, '/api/status', id);

/** Absolute address of an instance as a long-running operation of the Azure REST API guidelines. */
export const operationUri = (publicUrl: string, id: string): string =>
  under(publicUrl, '/api/operations', id);

/** Absolute address of the page that takes an approver's decision. */
export const approvalUri = (publicUrl: string, token: string): string =>
  under(publicUrl, '/approvals', token);

/** Prefix of the management API: that of the Durable Functions HTTP API. */
export const MANAGEMENT_PREFIX = '/runtime/webhooks/durabletask';

/** The link payload of the Durable Functions HTTP API. Every link carries a key; `{eventName}` and `{text}` are to be filled in. */
export interface ManagementLinks {
  readonly id: string;
  readonly statusQueryGetUri: string;
  readonly sendEventPostUri: string;
  readonly terminatePostUri: string;
  readonly rewindPostUri: string;
  readonly purgeHistoryDeleteUri: string;
  readonly restartPostUri: string;
  readonly suspendPostUri: string;
  readonly resumePostUri: string;
}

/**
 * The link payload of the Durable Functions HTTP API: what its clients follow without knowing any path.
 *
 * @param code system key that every link carries, so that following it needs no header
 */
export function managementLinks(publicUrl: string, id: string, code: string): ManagementLinks {
  const instance = under(publicUrl, `${MANAGEMENT_PREFIX}/instances`, id);
  const link = (path: string, query = '') => `${instance}${path}?${query}code=${encodeURIComponent(code)}`;
  return {
    id,
    statusQueryGetUri: link(''),
    sendEventPostUri: link('/raiseEvent/{eventName}'),
    terminatePostUri: link('/terminate', 'reason={text}&'),
    rewindPostUri: link('/rewind', 'reason={text}&'),
    purgeHistoryDeleteUri: link(''),
    restartPostUri: link('/restart'),
    suspendPostUri: link('/suspend', 'reason={text}&'),
    resumePostUri: link('/resume', 'reason={text}&'),
  };
}
