import { resultId, type TaskAddress } from '@countersign/contracts';
import { CodedError, ENGINE_FAILURES, type Json, type Task } from '@countersign/workflow';
import type { ActivityContext } from './activity-context';
import type { ProgressRecord } from './progress-record';

/** The service is stopping and cannot wait for the handler any longer. */
export class Stopping extends CodedError {
  constructor() {
    super('ServiceStopping', 'The service is stopping', { retryable: true });
  }
}

/** Milliseconds that a handler which is told that the service stops may take to keep what it has. */
const LAST_WORD = 2_000;

/** One start of a handler. */
export class Attempt implements ActivityContext {
  readonly instanceId: string;
  readonly run: number;
  readonly n: number;
  readonly idempotencyKey: string;
  readonly attempt: number;
  readonly deadline: number;
  readonly lastProgress?: Json;
  /** Made when the handler asks for its signal: most never do. */
  private controller: AbortController | undefined;
  private givenUpFor: CodedError | undefined;

  constructor(
    address: TaskAddress,
    private readonly task: Task,
    private readonly record: ProgressRecord,
  ) {
    this.instanceId = address.instanceId;
    this.run = address.run;
    this.n = address.n;
    this.idempotencyKey = resultId(address.instanceId, address.run, address.n);
    this.attempt = record.soFar.starts;
    this.deadline = Date.now() + task.startToClose;
    if (record.soFar.value !== undefined) this.lastProgress = record.soFar.value;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.givenUpFor !== undefined) this.controller.abort(this.givenUpFor);
    return this.controller.signal;
  }

  async progress(value: Json): Promise<void> {
    this.record.reported(value);
    await this.record.save(this.signal);
  }

  /**
   * Runs the handler; what it does after its time is ignored. When the service stops, it has a moment to end: with its
   * result, or having kept what another attempt can go on with.
   *
   * @throws what the handler throws, CodedError `StartToCloseTimeout`, or Stopping.
   */
  async execute(
    handler: (context: ActivityContext) => Promise<unknown>,
    stopping: AbortSignal,
  ): Promise<unknown> {
    if (stopping.aborted) throw new Stopping();
    const over = Promise.withResolvers<never>();
    let timer = setTimeout(() => over.reject(this.giveUp(this.timedOut())), this.task.startToClose);
    const stop = () => {
      clearTimeout(timer);
      const reason = this.giveUp(new Stopping());
      timer = setTimeout(() => over.reject(reason), LAST_WORD);
    };
    stopping.addEventListener('abort', stop);
    try {
      return await Promise.race([handler(this), over.promise]);
    } catch (error) {
      // Whatever it was broken off by.
      throw stopping.aborted ? new Stopping() : error;
    } finally {
      clearTimeout(timer);
      stopping.removeEventListener('abort', stop);
    }
  }

  private giveUp(reason: CodedError): CodedError {
    this.givenUpFor = reason;
    this.controller?.abort(reason);
    return reason;
  }

  private timedOut(): CodedError {
    const message = `The attempt took longer than ${this.task.startToClose} ms`;
    return new CodedError(ENGINE_FAILURES.startToClose, message, { retryable: true });
  }
}
