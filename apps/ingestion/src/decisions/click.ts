import type { Decision, DecisionRequest } from '@countersign/contracts';

/** A decision that came over HTTP. The token is all that is known of its sender: the name is what they gave. */
export const clickOf = ({ action, by, reason }: DecisionRequest, channel: 'http' | 'page'): Decision => ({
  action,
  by: { id: channel, name: by ?? 'Somebody with the link' },
  channel,
  ...(reason === undefined ? {} : { reason }),
});
