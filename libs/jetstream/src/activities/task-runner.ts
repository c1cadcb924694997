import {
  type DeadLetter,
  deadLetterSubject,
  InstanceSubjects,
  parseTaskSubject,
  resultId,
  type ActivityContract,
  type TaskAddress,
} from '@countersign/contracts';
import {
  ENGINE_FAILURES,
  MAX_VALUE_BYTES,
  TerminalError,
  toErrorData,
  type ErrorData,
  type Task,
} from '@countersign/workflow';
import { Logger } from '@nestjs/common';
import type { JetStreamLog } from '../log';
import { type ActivityMetrics, type AttemptOutcome, deadLettered } from '../metrics';
import type { PulledMessage } from '../pulled-message';
import type { ShardLogs } from '../shard-logs';
import type { ActivityContext } from './activity-context';
import { Attempt, Stopping } from './attempt';
import { ProgressRecord } from './progress-record';
import { completedInput, failedInput } from './results';
import { crashedTooOften, retryDelay } from './retry';
import { store } from './store';
import { traced, traceFailure } from './traced';
import { validInput } from './valid-input';

export interface ActivityHandler {
  readonly contract: ActivityContract<object, unknown>;
  readonly handle: (input: object, context: ActivityContext) => Promise<unknown>;
  readonly metrics: ActivityMetrics;
}

/** A task that could be decoded, on its way through one delivery. */
interface Delivered {
  readonly message: PulledMessage;
  readonly address: TaskAddress;
  readonly task: Task;
  readonly log: JetStreamLog;
}

/** An attempt that failed. */
interface Failure {
  readonly error: unknown;
  readonly ended: (outcome: AttemptOutcome) => void;
  /** Of the attempt, where it is recorded (a `traceparent`). */
  readonly trace: string | undefined;
}

/** When somebody else may have what is missing here: the code of an activity, the storage. */
const TRY_ELSEWHERE_AFTER = 2000;

/**
 * What becomes of one delivery of a task. Exactly one of:
 * 1. its result or failure is stored as an input of the instance, then it is acknowledged;
 * 2. it is to be delivered again (nak), with a record of the attempt where one was made;
 * 3. nobody waits for it any more: acknowledged without a trace;
 * 4. it cannot be understood: kept as a dead letter, never delivered again.
 */
export class TaskRunner {
  private readonly logger = new Logger('Activities');

  constructor(
    private readonly logs: ShardLogs,
    /** By name of the activity. */
    private readonly handlers: ReadonlyMap<string, ActivityHandler>,
    /** Aborts when the service cannot wait for handlers any longer. */
    private readonly stopping: AbortSignal,
  ) {}

  /** Never rejects. */
  async run(queue: string, message: PulledMessage): Promise<void> {
    try {
      await this.settle(queue, message);
    } catch (error) {
      if (!(error instanceof Stopping)) this.logger.error(`${message.subject} could not be settled`, error);
      message.nak(error instanceof Stopping ? 0 : TRY_ELSEWHERE_AFTER);
    }
  }

  private async settle(queue: string, message: PulledMessage): Promise<void> {
    const decoded = decode(message);
    if (typeof decoded === 'string') return this.deadLetter(queue, message, decoded);
    const { address, task } = decoded;
    if (Date.now() >= task.deadline) return message.ack();
    const handler = this.handlers.get(address.activity);
    if (handler === undefined) return this.leaveToOthers(decoded);
    const delivered = { message, address, task, log: this.logs.at(address.shard) };
    const record = await recordOf(delivered);
    if (record === undefined) return message.ack();
    if (crashedTooOften(record.soFar, task)) {
      handler.metrics.gaveUp();
      return this.fail(delivered, processDied(record));
    }
    await this.attempt(delivered, handler, record);
  }

  private async attempt(
    delivered: Delivered,
    handler: ActivityHandler,
    record: ProgressRecord,
  ): Promise<void> {
    const { message, address, task } = delivered;
    const ended = handler.metrics.started(message);
    record.started();
    await traced(address, { trace: task.trace, attempt: record.soFar.starts }, async (trace) => {
      let result: unknown;
      try {
        const input = await validInput(handler.contract.input, task.input);
        if (message.repeated) await record.save(this.stopping);
        const attempt = new Attempt(address, task, record);
        result = await attempt.execute((context) => handler.handle(input, context), this.stopping);
      } catch (error) {
        if (!(error instanceof Stopping)) return this.failed(delivered, record, { error, ended, trace });
        ended('interrupted');
        return this.interrupted(delivered, record);
      }
      ended('completed');
      await this.publish(delivered, completedInput(address, result, trace));
    });
  }

  private async failed(
    delivered: Delivered,
    record: ProgressRecord,
    { error, ended, trace }: Failure,
  ): Promise<void> {
    const { message, address, task } = delivered;
    const { starts } = record.soFar;
    const data = toErrorData(error);
    const delay = error instanceof TerminalError ? undefined : retryDelay(task, starts, Date.now());
    traceFailure(data);
    this.logger.warn(`${address.activity} failed`, {
      instanceId: address.instanceId,
      run: address.run,
      n: address.n,
      attempt: starts,
      error: data,
      retryIn: delay,
    });
    ended(delay === undefined ? 'failed' : 'retried');
    if (delay === undefined) return this.fail(delivered, data, trace);
    record.failed(`${data.code}: ${data.message}`);
    await record.save(this.stopping);
    message.nak(delay);
  }

  /** A first attempt left no record, unless it reported progress. */
  private async interrupted({ message }: Delivered, record: ProgressRecord): Promise<void> {
    record.unstarted();
    if (message.repeated || record.soFar.value !== undefined) await record.save(AbortSignal.timeout(1000));
    message.nak();
  }

  private fail(delivered: Delivered, error: ErrorData, trace?: string): Promise<void> {
    return this.publish(delivered, failedInput(delivered.address, error, trace));
  }

  private async publish({ message, address, log }: Delivered, body: string): Promise<void> {
    const { shard, instanceId, run, n } = address;
    const { input } = new InstanceSubjects(shard, instanceId);
    await store(log, { subject: input, body, msgId: resultId(instanceId, run, n) }, this.stopping);
    message.ack();
  }

  private leaveToOthers({ address, message }: { address: TaskAddress; message: PulledMessage }): void {
    this.logger.warn(`${address.activity} has no handler here; another version of this service may have one`);
    message.nak(TRY_ELSEWHERE_AFTER);
  }

  private async deadLetter(queue: string, message: PulledMessage, reason: string): Promise<void> {
    const { seq, subject, at } = message;
    const body = message.text().slice(0, MAX_VALUE_BYTES / 2);
    this.logger.error(`${subject} cannot be decoded: ${reason}`);
    const letter: DeadLetter = { reason, subject, seq, at, body };
    const outgoing = { subject: deadLetterSubject(queue), body: JSON.stringify(letter) };
    await store(this.logs.at(0), outgoing, this.stopping);
    deadLettered.inc({ queue });
    message.term(reason.replace(/\s+/g, ' '));
  }
}

/** A first delivery has no record worth a round trip. */
function recordOf({
  message,
  log,
  address,
  task,
}: Delivered): Promise<ProgressRecord | undefined> | ProgressRecord {
  return message.mayBeRepeated
    ? ProgressRecord.recall(log, address, task)
    : ProgressRecord.first(log, address, task);
}

/** Why it cannot be decoded, as a text, where it cannot. */
function decode(
  message: PulledMessage,
): { message: PulledMessage; address: TaskAddress; task: Task } | string {
  try {
    const address = parseTaskSubject(message.subject);
    if (!Number.isSafeInteger(address.run) || !Number.isSafeInteger(address.n))
      return 'The subject is no task’s';
    const task: unknown = JSON.parse(message.text());
    return isTask(task) ? { message, address, task } : 'The body is not a task';
  } catch (error) {
    return toErrorData(error).message;
  }
}

const isTask = (value: unknown): value is Task =>
  typeof value === 'object' &&
  value !== null &&
  'input' in value &&
  'retry' in value &&
  typeof value.retry === 'object' &&
  'startToClose' in value &&
  typeof value.startToClose === 'number' &&
  'deadline' in value &&
  typeof value.deadline === 'number';

function processDied(record: ProgressRecord): ErrorData {
  const { starts, failures, lastError } = record.soFar;
  const message =
    `The handler was started ${starts - failures} times without an end: its process died each time. ` +
    'Look for what ended it (memory, a crash) in the logs of the service.';
  return {
    code: ENGINE_FAILURES.attempts,
    message,
    retryable: false,
    ...(lastError !== undefined && { details: { lastError } }),
  };
}
