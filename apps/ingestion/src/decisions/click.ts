import { type Decision, type DecisionRequest, keyHolder } from '@countersign/contracts';
import type { Caller } from '@countersign/service';

const MAX_NAME = 200;

/** A decision that came over HTTP. The token is all that is known of its sender: the name is what they gave. */
export const clickOf = ({ action, by, reason }: DecisionRequest, channel: 'http' | 'page'): Decision => ({
  action,
  by: { id: channel, name: by ?? 'Somebody with the link' },
  channel,
  ...(reason === undefined ? {} : { reason }),
});

/** The same of a caller with a key, who is known by it, whatever name they gave. */
export const clickWithKey = (request: DecisionRequest, { name }: Caller): Decision => ({
  ...clickOf(request, 'http'),
  by: {
    ...keyHolder(name),
    name: (request.by === undefined ? name : `${request.by} (${name})`).slice(0, MAX_NAME),
  },
  channel: 'key',
});
