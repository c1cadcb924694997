import { instanceIdProblem } from '@countersign/contracts';
import { Problem } from '@countersign/service';

/** Longest name of an event in bytes: no workflow can wait for a longer one. */
const LONGEST_EVENT_NAME = 128;

const invalid = (field: string, message: string) =>
  new Problem(400, `${field} ${message}.`, { errors: [{ field, message }] });

/** Throws Problem 400. */
export function checkInstanceId(id: string): void {
  const problem = instanceIdProblem(id);
  if (problem !== undefined) throw invalid('instanceId', problem);
}

/** Throws Problem 400. */
export function checkEventName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > LONGEST_EVENT_NAME)
    throw invalid('eventName', `must have 1 to ${LONGEST_EVENT_NAME} bytes`);
}

export const unknownInstance = () => new Problem(404, 'There is no such instance.');
