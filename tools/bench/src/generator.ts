import { instanceIdOf, stepFilter, streamName } from '@countersign/contracts';
import { type JetStreamConnection, type ShardLogs, WorkflowClient } from '@countersign/jetstream';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';
import { released, type WorkloadName, workloads } from './contracts';

/** Where completions are seen: as a step is published (costs least), or once it is stored (the truth about latency). */
export type View = 'published' | 'stored';

const WAITS = `"waits":["${released.name}"]`;
const ENDED = '"status":"Completed"';
const WRONG = /"status":"(Failed|Terminated|Canceled)"/;

const DRAIN_TIMEOUT = 60_000;

let batch = 0;

/** Starts instances of one workload and sees how they end. */
export class Generator {
  readonly #client: WorkflowClient;
  readonly #prefix: string;
  /** Start times of the instances that have not ended. */
  readonly #running = new Map<string, number>();
  readonly #waiting = new Set<string>();
  #subscription: Subscription | undefined;
  #count = 0;
  #failure: Error | undefined;
  onCompleted: (started: number, id: string) => void = () => undefined;
  onWaiting: (id: string) => void = () => undefined;

  constructor(
    private readonly connection: JetStreamConnection,
    logs: ShardLogs,
    private readonly workload: WorkloadName,
  ) {
    this.#client = new WorkflowClient(logs);
    this.#prefix = `${workload}-${process.pid}-${++batch}-`;
  }

  get running(): number {
    return this.#running.size;
  }

  async watch(view: View): Promise<void> {
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) this.#step(message);
    };
    const inbox = createInbox();
    const subject = view === 'published' ? stepFilter(0) : inbox;
    this.#subscription = this.connection.nc.subscribe(subject, { callback });
    if (view === 'stored')
      await this.connection.jsm.consumers.add(streamName(0), {
        deliver_subject: inbox,
        filter_subject: stepFilter(0),
        deliver_policy: DeliverPolicy.New,
        ack_policy: AckPolicy.None,
        mem_storage: true,
        inactive_threshold: 5_000_000_000,
      });
    await this.connection.nc.flush();
  }

  start(): void {
    const id = this.#prefix + ++this.#count;
    this.#running.set(id, performance.now());
    const input = { order: id, step: 1 };
    this.#client.start({ workflow: workloads[this.workload].name, id, input }).then(
      ({ kind }) => {
        if (kind !== 'started') this.#failure ??= new Error(`${id} could not be started: ${kind}`);
      },
      (error: Error) => (this.#failure ??= error),
    );
  }

  async release(id: string): Promise<void> {
    await this.#client.raise(id, released, { order: id, step: 3 });
  }

  /** @param subject of a step. Bodies are searched, not parsed: a load generator must cost little. */
  #step(message: Msg): void {
    const subject = message.subject;
    const id = instanceIdOf(subject);
    const started = this.#running.get(id);
    if (started === undefined) return;
    const body = message.string();
    if (body.includes(ENDED)) {
      this.#running.delete(id);
      this.#waiting.delete(id);
      this.onCompleted(started, id);
    } else if (body.includes(WAITS) && !this.#waiting.has(id)) {
      this.#waiting.add(id);
      this.onWaiting(id);
    } else if (WRONG.test(body)) this.#failure ??= new Error(`${id} did not complete: ${body}`);
  }

  /** Resolves when every instance has ended. Throws what went wrong on the way. */
  async drained(): Promise<void> {
    const deadline = performance.now() + DRAIN_TIMEOUT;
    while (this.running > 0 && this.#failure === undefined) {
      if (performance.now() > deadline)
        throw new Error(`${this.running} instances of ${this.workload} did not end`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#subscription?.unsubscribe();
    if (this.#failure !== undefined) throw this.#failure;
  }
}
