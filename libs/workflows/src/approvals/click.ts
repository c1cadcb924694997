/** Reads what an event carries. Whoever may raise events may raise anything: what is no decision is ignored. */
import {
  DECISIONS,
  type Decision,
  type DecisionKind,
  isKeyHolder,
  type Person,
} from '@countersign/contracts';

/** At an application's own route everybody is anonymous who has no key. */
const ANYBODY: Person = { id: 'http', name: 'Somebody' };

/** The data of a `decision` event; undefined where it is none. */
export function readDecision(data: unknown): Decision | undefined {
  if (!isRecord(data)) return undefined;
  const { action, channel } = data;
  const by = readPerson(data['by']);
  if (!isDecision(action) || by === undefined || !isText(channel, 40)) return undefined;
  const more = readMore(data);
  return more && { action, by, channel: clean(channel), ...more };
}

/** The data of an application's own event: an empty one approves; undefined where it is none. */
export function readDoorDecision(given: unknown): Decision | undefined {
  const data = given ?? {};
  if (!isRecord(data)) return undefined;
  const { approved = true } = data;
  const by = data['by'] === undefined ? ANYBODY : readPerson(data['by']);
  const more = readMore({ ...data, triggerId: undefined });
  if (typeof approved !== 'boolean' || by === undefined || more === undefined) return undefined;
  const who = isKeyHolder(by)
    ? { by, channel: 'key' }
    : { by: { ...ANYBODY, name: by.name }, channel: 'http' };
  return { action: approved ? 'approve' : 'reject', ...who, ...more };
}

function readPerson(data: unknown): Person | undefined {
  if (!isRecord(data)) return undefined;
  const { id, name } = data;
  return isText(id, 200) && isText(name, 200) ? { id: clean(id), name: clean(name) } : undefined;
}

/** What may be left out; undefined where it is there, but wrong. */
function readMore({ id, reason, triggerId }: Record<string, unknown>): Partial<Decision> | undefined {
  if (!isMissingOr(id, 100) || !isMissingOr(reason, 2000) || !isMissingOr(triggerId, 200)) return undefined;
  const why = reason === undefined ? '' : clean(reason).trim();
  return {
    ...(id !== undefined && { id: clean(id) }),
    ...(why !== '' && { reason: why }),
    ...(triggerId !== undefined && { triggerId }),
  };
}

const isDecision = (value: unknown): value is DecisionKind => DECISIONS.some((kind) => kind === value);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.trim() !== '' && value.length <= most;

const isMissingOr = (value: unknown, most: number): value is string | undefined =>
  value === undefined || (typeof value === 'string' && value.length <= most);

/** No character takes more than three bytes of JSON after this: what is kept of many clicks has a known size. */
const clean = (text: string): string => text.toWellFormed().replace(/[^\P{Cc}\n\t]/gu, ' ');
