import { InstanceSubjects, type TaskAddress } from '@countersign/contracts';
import {
  ENGINE_FAILURES,
  isTerminal,
  MAX_VALUE_BYTES,
  TerminalError,
  type Json,
  type Progress,
  type Step,
  type Task,
} from '@countersign/workflow';
import type { JetStreamLog } from '../log';
import { store } from './store';

const DAY = 24 * 3600 * 1000;

/**
 * What is known of an activity's attempts. The hot path neither reads nor writes it: a first start
 * leaves no record unless it failed or reported progress.
 */
export class ProgressRecord {
  private constructor(
    private readonly log: JetStreamLog,
    private readonly address: TaskAddress,
    private readonly task: Task,
    private progress: Progress,
  ) {}

  static first(log: JetStreamLog, address: TaskAddress, task: Task): ProgressRecord {
    return new ProgressRecord(log, address, task, { starts: 0, failures: 0 });
  }

  /**
   * Of a redelivered task; undefined when nobody waits for it any more (leader-confirmed): its
   * instance is gone, terminal, or in another run.
   */
  static async recall(
    log: JetStreamLog,
    address: TaskAddress,
    task: Task,
  ): Promise<ProgressRecord | undefined> {
    const subjects = new InstanceSubjects(address.shard, address.instanceId);
    const own = subjects.progress(address.run, address.n);
    const [step, record] = await Promise.all([
      log.lastConfirmed(subjects.step, own),
      log.lastConfirmed(own, own),
    ]);
    if (step === undefined) return undefined;
    const { status, run } = JSON.parse(step.body) as Step;
    if (isTerminal(status) || run !== address.run) return undefined;
    const progress =
      record === undefined ? { starts: 0, failures: 0 } : (JSON.parse(record.body) as Progress);
    return new ProgressRecord(log, address, task, progress);
  }

  get soFar(): Progress {
    return this.progress;
  }

  started(): void {
    this.progress = { ...this.progress, starts: this.progress.starts + 1 };
  }

  /** The start does not count: it was broken off by us. */
  unstarted(): void {
    this.progress = { ...this.progress, starts: this.progress.starts - 1 };
  }

  failed(lastError: string): void {
    this.progress = { ...this.progress, failures: this.progress.failures + 1, lastError };
  }

  /** @throws TerminalError `ValueTooLarge` */
  reported(value: Json): void {
    const size = Buffer.byteLength(JSON.stringify(value));
    if (size > MAX_VALUE_BYTES) {
      throw new TerminalError(
        ENGINE_FAILURES.tooLarge,
        `The progress has ${size} bytes as JSON; at most ${MAX_VALUE_BYTES} are stored.`,
      );
    }
    this.progress = { ...this.progress, value };
  }

  save(signal: AbortSignal): Promise<void> {
    const { shard, instanceId, run, n } = this.address;
    const message = {
      subject: new InstanceSubjects(shard, instanceId).progress(run, n),
      body: JSON.stringify(this.progress),
      rollup: true,
      ttl: Math.max(0, this.task.deadline - Date.now()) + DAY,
    };
    return store(this.log, message, signal);
  }
}
