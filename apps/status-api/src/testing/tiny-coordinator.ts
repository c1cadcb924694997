import { instanceIdOf, InstanceSubjects } from '@countersign/contracts';
import { consumeInputs, type InputConsumer, type ShardLogs } from '@countersign/jetstream';
import {
  call,
  type Delivery,
  Execution,
  type Input,
  type InputBody,
  race,
  type Step,
  TerminalError,
  waitForEvent,
  workflow,
} from '@countersign/workflow';

interface Finish {
  readonly fail?: boolean;
}

/** What every instance of these specs runs: it calls an activity, and waits until it is told to finish. */
const code = workflow<{ call?: boolean }, string>(
  { name: 'NotifyOnTask' },
  { version: 1 },
  function* (input) {
    if (input?.call) yield* call({ name: 'spec.work', queue: 'spec' }, { a: 1 });
    const { value } = yield* race({ finished: waitForEvent<Finish>({ name: 'finish' }) });
    if (value.fail) throw new TerminalError('Broken', 'It broke');
    return 'done';
  },
);

interface Instance {
  readonly execution: Execution;
  readonly steps: Step[];
  readonly bodies: Map<number, InputBody>;
  lastSeq: number;
}

/**
 * The engine on a real stream, without what makes a coordinator safe: one process, one shard, nothing
 * held, nothing resumed, no tasks or timers published. (Applications do not import each other.)
 */
export class TinyCoordinator {
  private readonly instances = new Map<string, Instance>();
  private queue = Promise.resolve();

  private constructor(
    private readonly logs: ShardLogs,
    private readonly consumer: Promise<InputConsumer>,
  ) {}

  static async start(logs: ShardLogs): Promise<TinyCoordinator> {
    const deliveries: ((delivery: Delivery) => void)[] = [];
    const consumer = consumeInputs(logs.connection, 0, {
      group: 'c',
      onDelivery: (delivery) => deliveries[0]?.(delivery),
    });
    const coordinator = new TinyCoordinator(logs, consumer);
    deliveries.push((delivery) => coordinator.enqueue(delivery));
    await consumer;
    return coordinator;
  }

  async stop(): Promise<void> {
    await (await this.consumer).stop();
    await this.queue;
  }

  private enqueue(delivery: Delivery): void {
    this.queue = this.queue.then(() => this.handle(delivery));
  }

  private async handle(delivery: Delivery): Promise<void> {
    const { seq, at, subject, body } = delivery.message;
    const input: Input = { seq, at, body: JSON.parse(body) as InputBody };
    const id = instanceIdOf(subject);
    const instance = this.instanceOf(id, input.body);
    if (instance !== undefined && !instance.execution.has(seq)) await this.apply(id, instance, input);
    delivery.ack();
  }

  private instanceOf(id: string, body: InputBody): Instance | undefined {
    const known = this.instances.get(id);
    if (known !== undefined || body.type !== 'started') return known;
    const instance = { execution: new Execution(id, () => code), steps: [], bodies: new Map(), lastSeq: 0 };
    this.instances.set(id, instance);
    return instance;
  }

  private async apply(id: string, instance: Instance, input: Input): Promise<void> {
    const { execution, steps, bodies } = instance;
    const opens = ['restart', 'rewind', 'purge'].includes(input.body.type);
    if (execution.isTerminal && (!opens || execution.isOutdated(input.body))) return;
    bodies.set(input.seq, input.body);
    execution.remember(() => ({ steps, bodyOf: (seq) => bodies.get(seq)! }));
    execution.apply(input);
    execution.forget();
    const { step } = execution.take();
    steps.push(step);
    const subjects = new InstanceSubjects(0, id);
    instance.lastSeq = await this.publish(subjects.step, JSON.stringify(step), instance.lastSeq);
    execution.stored(instance.lastSeq);
    if (execution.isPurged) await this.purge(subjects, instance.lastSeq);
  }

  private async purge(subjects: InstanceSubjects, step: number): Promise<void> {
    await this.publish(subjects.purged, JSON.stringify({ step }));
    for (const filter of [subjects.input, subjects.step]) await this.logs.at(0).purge(filter, step + 1);
    this.instances.delete(subjects.id);
  }

  private async publish(subject: string, body: string, expectedLast?: number): Promise<number> {
    const message = { subject, body, ...(expectedLast !== undefined && { expectedLast }) };
    const outcome = await this.logs.at(0).publish(message);
    if (outcome.kind !== 'stored') throw new Error(`Nothing was stored: ${JSON.stringify(outcome)}`);
    return outcome.seq;
  }
}
