import { type Figures, QueueFigures, ShardLogs } from '@countersign/jetstream';
import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';

const LABELS = ['queue', 'shard'] as const;
type Queue = Figures['queues'][number];

/**
 * What is delivered and what is not, for Prometheus. The coordinator is always there, unlike workers, and may ask for every
 * queue. Each replica says the same of all of them, so queries take `max by (queue, shard)`.
 */
@Injectable()
export class QueueMetrics {
  private readonly figures: QueueFigures;

  constructor(logs: ShardLogs) {
    this.figures = new QueueFigures(logs);
    this.perQueue('countersign_queue_lag', 'Messages that nobody has got yet.', ({ lag }) => lag);
    this.perQueue('countersign_queue_in_hand', 'Delivered, not acknowledged.', ({ inHand }) => inHand);
    this.perQueue(
      'countersign_queue_redelivered',
      'Of those in hand, how many were delivered more than once.',
      ({ redelivered }) => redelivered,
    );
    this.perQueue(
      'countersign_queue_oldest_age_seconds',
      'Age of the oldest message that is not settled; 0 where all is.',
      ({ oldestAt }) => (oldestAt === undefined ? 0 : Math.max(0, Date.now() - oldestAt) / 1000),
    );
    this.gauge('countersign_dead_letters', 'Kept dead letters.', ['queue'], (gauge, { deadLetters }) => {
      for (const [queue, count] of deadLetters) gauge.set({ queue }, count);
    });
    this.gauge(
      'countersign_queues_up',
      'Whether NATS could be asked for the queues (1); else their figures are old (0).',
      [],
      (gauge, { current }) => gauge.set(current ? 1 : 0),
    );
  }

  private perQueue(name: string, help: string, valueOf: (queue: Queue) => number): void {
    this.gauge(name, help, LABELS, (gauge, { queues }) => {
      for (const one of queues) gauge.set({ queue: one.queue, shard: String(one.shard) }, valueOf(one));
    });
  }

  private gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    show: (gauge: Gauge<Label>, figures: Figures) => void,
  ): void {
    const { figures } = this;
    new Gauge({
      name,
      help,
      labelNames,
      async collect() {
        show(this, await figures.read());
      },
    });
  }
}
