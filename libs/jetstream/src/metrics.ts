/** What the connection and the activities of a process tell Prometheus. */
import { Counter, Gauge, Histogram } from 'prom-client';

export const natsConnected = new Gauge({
  name: 'countersign_nats_connected',
  help: 'Whether the process is connected to NATS (1) or not (0).',
});

export const natsReconnects = new Counter({
  name: 'countersign_nats_reconnects_total',
  help: 'Connections to NATS after the first one.',
});

const attempts = new Counter({
  name: 'countersign_activity_attempts_total',
  help: 'Starts of handlers by how they ended; a task is retried until it is completed or failed.',
  labelNames: ['activity', 'outcome'],
});

const duration = new Histogram({
  name: 'countersign_activity_duration_seconds',
  help: 'Time from the start of a handler to its result, its failure or its interruption.',
  labelNames: ['activity'],
  buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
});

const wait = new Histogram({
  name: 'countersign_task_wait_seconds',
  help: 'Time from the storage of a task to the first start of its handler.',
  labelNames: ['queue'],
  buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
});

export const deadLettered = new Counter({
  name: 'countersign_dead_letters_total',
  help: 'Messages that could not be decoded and were put aside.',
  labelNames: ['queue'],
});

/** `failed`: for good. `retried`: failed, and is to be tried again. `interrupted`: the service stops. */
export type AttemptOutcome = 'completed' | 'failed' | 'retried' | 'interrupted';

/** The series of one activity, looked up once. */
export class ActivityMetrics {
  private readonly ends: Readonly<Record<AttemptOutcome, Counter.Internal>>;
  private readonly duration: Histogram.Internal<'activity'>;
  private readonly wait: Histogram.Internal<'queue'>;

  constructor({ name: activity, queue }: { readonly name: string; readonly queue: string }) {
    const ending = (outcome: AttemptOutcome) => {
      const series = attempts.labels({ activity, outcome });
      series.inc(0); // One that begins at zero shows its first increase.
      return series;
    };
    this.ends = {
      completed: ending('completed'),
      failed: ending('failed'),
      retried: ending('retried'),
      interrupted: ending('interrupted'),
    };
    this.duration = duration.labels({ activity });
    this.wait = wait.labels({ queue });
  }

  /**
   * @param task when it was stored, and whether it may have been started before
   * @returns to be told how the attempt ended
   */
  started(task: { readonly at: number; readonly repeated: boolean }): (outcome: AttemptOutcome) => void {
    // The server's clock and this one may differ.
    if (!task.repeated) this.wait.observe(Math.max(0, Date.now() - task.at) / 1000);
    const startedAt = performance.now();
    return (outcome) => {
      this.duration.observe((performance.now() - startedAt) / 1000);
      this.ends[outcome].inc();
    };
  }

  /** Attempts that left no trace: their process died each time. */
  gaveUp(): void {
    this.ends.failed.inc();
  }
}
