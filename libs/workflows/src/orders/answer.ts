/** The customer's answer, once it is known to be one. */
export interface Answer {
  readonly accepted: boolean;
}

const FIELDS = ['approved', 'reason'];
const LONGEST_REASON = 2000;

/**
 * Reads the data of an `Approval` event, undefined where they are no answer. Nothing at all and an empty object
 * accept. A field that is not known may be a slip of the pen (`aproved: false`), so that is no answer, either.
 */
export function readAnswer(data: unknown): Answer | undefined {
  const fields = data ?? {};
  if (typeof fields !== 'object' || Array.isArray(fields)) return undefined;
  if (Object.keys(fields).some((name) => !FIELDS.includes(name))) return undefined;
  const { approved = true, reason = '' } = fields as { approved?: unknown; reason?: unknown };
  if (typeof approved !== 'boolean') return undefined;
  if (typeof reason !== 'string' || reason.length > LONGEST_REASON) return undefined;
  return { accepted: approved };
}
