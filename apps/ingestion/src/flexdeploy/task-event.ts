import { shortened } from '@countersign/contracts';
import { Problem } from '@countersign/service';
import type { Places, WebhookPaths } from './webhook-paths';

/**
 * What FlexDeploy's webhook sends, as far as it is documented: `{eventType, actor, object, timestamp,
 * payload}`. Only the event's type is read of it here; the rest is FlexDeploy's own, and looked up by path.
 */
export interface FlexDeployEvent {
  readonly eventType: string;
  readonly [field: string]: unknown;
}

/** What people are told of a task. */
export interface ToldTask {
  readonly description: string;
  /** FlexDeploy's user. */
  readonly requestedBy?: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
}

/** Longest texts, in characters; what is longer is cut, visibly. */
const DESCRIPTION = 3000;
const FACT = 2000;
const USER = 200;
const EVENT_TYPE = 100;

/** @throws Problem 400 when it is no event */
export function readEvent(body: unknown): FlexDeployEvent {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Problem(400, 'The body must be a JSON object.');
  const { eventType } = body as { eventType?: unknown };
  if (typeof eventType === 'string' && eventType.trim() !== '' && eventType.length <= EVENT_TYPE)
    return { ...body, eventType: eventType.trim() };
  const message = `must be a text of 1 to ${EVENT_TYPE} characters`;
  throw new Problem(400, `The body is not valid: eventType ${message}.`, {
    errors: [{ field: 'eventType', message }],
  });
}

/** The first text, or number as a text, that one of the places leads to; fields that are inherited do not count. */
export function textAt(event: FlexDeployEvent, places: Places): string | undefined {
  for (const place of places) {
    const value = place.split('.').reduce<unknown>(fieldOf, event);
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    if (typeof value === 'number') return String(value);
  }
  return undefined;
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** @throws Problem 400 when the description cannot be found */
export function readTask(event: FlexDeployEvent, paths: WebhookPaths): ToldTask {
  const description = textAt(event, paths.description);
  if (description === undefined) throw notFound('description', paths);
  const requestedBy = textAt(event, paths.requestedBy);
  const facts = Object.entries(paths.facts).map(([label, places]) => ({
    label,
    value: textAt(event, places),
  }));
  return {
    description: shortened(description, DESCRIPTION),
    ...(requestedBy !== undefined && { requestedBy: shortened(requestedBy, USER) }),
    facts: facts.flatMap(({ label, value }) =>
      value === undefined ? [] : [{ label, value: shortened(value, FACT) }],
    ),
  };
}

/** Says where it was looked for, and how that is changed. */
export const missing = (field: 'taskId' | 'description', paths: WebhookPaths): string =>
  `it is at none of ${paths[field].join(', ')}; FLEXDEPLOY_WEBHOOK_PATHS says where else ${field} is`;

export const notFound = (field: 'taskId' | 'description', paths: WebhookPaths): Problem => {
  const message = missing(field, paths);
  return new Problem(400, `The ${field} of the task was not found: ${message}.`, {
    errors: [{ field, message }],
  });
};
