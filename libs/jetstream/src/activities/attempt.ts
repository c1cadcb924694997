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
   * Runs the handler; what it does after its time is ignored.
   * @throws what the handler throws, CodedError `StartToCloseTimeout`, or Stopping.
   */
  async execute(
    handler: (context: ActivityContext) => Promise<unknown>,
    stopping: AbortSignal,
  ): Promise<unknown> {
    let cleanUp = (): void => undefined;
    const givenUp = new Promise<never>((_, reject) => {
      const giveUp = (reason: CodedError) => {
        this.givenUpFor = reason;
        this.controller?.abort(reason);
        reject(reason);
      };
      const timer = setTimeout(() => giveUp(this.timedOut()), this.task.startToClose);
      const stop = () => giveUp(new Stopping());
      if (stopping.aborted) stop();
      else stopping.addEventListener('abort', stop);
      cleanUp = () => {
        clearTimeout(timer);
        stopping.removeEventListener('abort', stop);
      };
    });
    try {
      return await Promise.race([handler(this), givenUp]);
    } finally {
      cleanUp();
    }
  }

  private timedOut(): CodedError {
    const message = `The attempt took longer than ${this.task.startToClose} ms`;
    return new CodedError(ENGINE_FAILURES.startToClose, message, { retryable: true });
  }
}
