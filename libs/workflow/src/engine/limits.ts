/**
 * What keeps a step within one message of a stream (1 MB by default), whatever a workflow does:
 * a result or error, a custom status, inline arguments, records of commands and names of waits
 * are each bounded, and so is their sum.
 */
import { ENGINE_FAILURES } from '../definitions';
import { CodedError, toErrorData, type ErrorData } from '../errors';
import { byteLength, toJsonText } from '../json';
import type { CommandRecord } from '../protocol/step';
import { recordOf, type Command } from './command';

/** Commands that one application of inputs may decide, and effects that it may perform. */
export const MAX_COMMANDS = 2_000;
export const MAX_EFFECTS = 50_000;

/** Ends the instance; the workflow's code cannot catch it. */
export class BudgetExceeded extends CodedError {
  constructor(what: string) {
    super(ENGINE_FAILURES.budget, `one input led to more than ${what}: is there a loop that never waits?`);
  }
}

/** How often one application of inputs may continue as new. */
export const MAX_CONTINUATIONS = 100;
/** Signals whose source is remembered when a workflow continues as new: a repeat comes within minutes. */
export const MAX_SOURCES = 500;

/** The end of the year 9999, in milliseconds since the epoch: RFC 3339 has no later time. */
export const MAX_TIME = 253_402_300_799_000;

/** Longest instance id in UTF-16 units (the limit of Durable Functions). */
export const MAX_INSTANCE_ID = 256;

/** What a step keeps of arguments in all, in bytes; beyond it replay regenerates them. */
const INLINE_BYTES = 128 * 1024;
/** Names of events that a step lists as waited for. */
const MAX_WAITS = 500;
/** Open activities that a step lists: those whose progress a reader looks for. */
const MAX_TASKS = 20;
/** Longest name of an activity, event, workflow or patch, in bytes of UTF-8. */
const MAX_NAME_BYTES = 128;
const MAX_MESSAGE = 4_000;
const MAX_DETAILS_BYTES = 16 * 1024;

/** Gives the name back. Throws CodedError `InvalidOptions`. */
export function checkName(name: string): string {
  const bytes = byteLength(name);
  if (bytes > 0 && bytes <= MAX_NAME_BYTES) return name;
  throw new CodedError(
    'InvalidOptions',
    `a name must have 1 to ${MAX_NAME_BYTES} bytes; this one has ${bytes}: ${name.slice(0, 40)}…`,
  );
}

/** Gives an instance id back. Throws CodedError `InvalidOptions`. */
export function checkId(id: string): string {
  if (id.length > 0 && id.length <= MAX_INSTANCE_ID && id.isWellFormed()) return id;
  throw new CodedError(
    'InvalidOptions',
    `an instance id must be a well-formed text of 1 to ${MAX_INSTANCE_ID} characters, not ${id.slice(0, 40)}`,
  );
}

/** What a step lists of the commands that it decided. */
export function recordsOf(commands: readonly Command[]): CommandRecord[] {
  let left = INLINE_BYTES;
  return commands.map((command) => recordOf(command, (left -= byteLength(command.args)) >= 0));
}

/** Names of the events that are waited for, in the order of the waits. */
export function waitsAmong(commands: Iterable<Command>): string[] {
  const names = new Set<string>();
  for (const { kind, name } of commands) {
    if (names.size === MAX_WAITS) break;
    if (kind === 'wait') names.add(name);
  }
  return [...names];
}

/** Numbers of the open activities. */
export function tasksAmong(commands: Iterable<Command>): number[] {
  const numbers: number[] = [];
  for (const { kind, n } of commands) {
    if (kind !== 'task') continue;
    numbers.push(n);
    if (numbers.length === MAX_TASKS) break;
  }
  return numbers;
}

/** Anything that ended an instance, as a step holds it. */
export function endingError(error: unknown): ErrorData {
  const { code, message, details } = toErrorData(error);
  const short = {
    code: code.slice(0, MAX_NAME_BYTES),
    message: message.slice(0, MAX_MESSAGE),
    retryable: false,
  };
  return details === undefined || !fits(details) ? short : { ...short, details };
}

/** How an instance that somebody terminates ends. */
export const terminationError = (reason = 'terminated'): ErrorData =>
  endingError(new CodedError('Terminated', reason));

function fits(details: unknown): boolean {
  try {
    return byteLength(toJsonText(details, 'details')) <= MAX_DETAILS_BYTES;
  } catch {
    return false;
  }
}
