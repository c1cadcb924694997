/** Who uses a deployment in the simulation: workers and a client. Each is a process of its own. */
import {
  InstanceSubjects,
  instanceIdOf,
  parseTaskSubject,
  resultId,
  shardOf,
  stepFilter,
} from '@countersign/contracts';
import type { ModelClient, SeededRandom, TaskDelivery } from '@countersign/testing';
import { CONTROLS, type InputBody, type OutgoingMessage, type Step } from '@countersign/workflow';
import { NAMES, QUEUE } from './workflows';

/** Publishes until it is known to be there (or that it cannot be); gives up after some tries. */
async function publish(
  client: ModelClient,
  message: OutgoingMessage,
): Promise<'stored' | 'refused' | 'unknown'> {
  for (let tries = 0; tries < 5; tries++) {
    const { kind } = await client.log().publish(message);
    if (kind === 'stored' || kind === 'duplicate') return 'stored';
    if (kind === 'conflict') return 'refused';
    await new Promise<void>((resolve) => void client.clock.after(200, resolve));
  }
  return 'unknown';
}

/** Completes, fails, delays and repeats; now and then never answers. */
export class SimulatedWorker {
  constructor(
    private readonly client: ModelClient,
    private readonly random: SeededRandom,
    shards: number,
  ) {
    for (let shard = 0; shard < shards; shard++) {
      client.log(shard).attachWorker(QUEUE, (task) => void this.#perform(task));
    }
  }

  async #perform(task: TaskDelivery): Promise<void> {
    const { shard, instanceId, run, n } = parseTaskSubject(task.message.subject);
    const { random, client } = this;
    const luck = random.next();
    if (luck < 0.08) return task.ack(); // Its result never comes.
    if (luck < 0.14) return task.nak(random.between(0, 3_000));
    if (luck < 0.4) await this.#pause(random.between(0, random.chance(0.2) ? 60_000 : 3_000));
    const body: InputBody = random.chance(0.15)
      ? { type: 'failed', run, n, error: { code: 'Unlucky', message: 'no luck', retryable: false } }
      : { type: 'completed', run, n, result: n };
    const message = { subject: new InstanceSubjects(shard, instanceId).input, body: JSON.stringify(body) };
    const outcome = await publish(client, { ...message, msgId: resultId(instanceId, run, n) });
    if (random.chance(0.1)) await publish(client, message);
    if (outcome === 'stored') task.ack();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.client.clock.after(ms, resolve));
  }
}

/** What a client was told. */
export interface Sent {
  readonly id: string;
  readonly body: InputBody;
  readonly outcome: 'stored' | 'refused' | 'unknown';
}

/** Starts instances, raises events and controls them, at random. */
export class SimulatedClient {
  readonly sent: Sent[] = [];

  constructor(
    private readonly client: ModelClient,
    private readonly random: SeededRandom,
    private readonly shards: number,
    private readonly ids: readonly string[],
  ) {}

  /** Everything it will do within the time, in milliseconds. */
  plan(actions: number, withinMs: number): void {
    for (const id of this.ids) this.#at(withinMs / 2, () => this.#start(id));
    for (let i = 0; i < actions; i++) this.#at(withinMs, () => this.#act());
    for (let i = this.random.between(0, 4); i > 0; i--)
      this.#at(withinMs, () => this.#rewindWhatFailed().catch(() => undefined));
  }

  #at(withinMs: number, action: () => Promise<void>): void {
    this.client.clock.after(this.random.between(0, withinMs), () => void action());
  }

  #start(id: string): Promise<void> {
    const { random } = this;
    const input = { peer: random.pick(this.ids), size: random.between(0, 3) };
    return this.#send(id, { type: 'started', workflow: random.pick(NAMES), input }, true);
  }

  #act(): Promise<void> {
    const { random } = this;
    const id = random.chance(0.1) ? 'nobody' : random.pick(this.ids);
    const luck = random.next();
    if (luck < 0.12) return this.#start(random.pick(this.ids));
    if (luck < 0.6)
      return this.#send(id, { type: 'event', name: random.pick(['go', 'go', 'stop']), data: 1 });
    return this.#send(id, {
      type: random.pick(CONTROLS),
      reason: 'as the seed wants it',
    });
  }

  /** As an operator does who has mended what the activities need; children among them. */
  async #rewindWhatFailed(): Promise<void> {
    for (let shard = 0; shard < this.shards; shard++) {
      const log = this.client.log(shard);
      for (const subject of await log.subjects(stepFilter(shard))) {
        const last = await log.last(subject);
        if (
          last !== undefined &&
          (JSON.parse(last.body) as Step).status === 'Failed' &&
          this.random.chance(0.6)
        )
          await this.#send(instanceIdOf(subject), { type: 'rewind' });
      }
    }
  }

  async #send(id: string, body: InputBody, first = false): Promise<void> {
    const { input } = new InstanceSubjects(shardOf(id, this.shards), id);
    const message: OutgoingMessage = {
      subject: input,
      body: JSON.stringify(body),
      ...(first ? { expectedLast: 0 } : {}),
      // Without an id a repeat is a second input, as with a caller who clicks twice.
      ...(first || this.random.chance(0.5)
        ? { msgId: `client-${this.sent.length}-${id}-${this.random.next()}` }
        : {}),
    };
    this.sent.push({ id, body, outcome: await publish(this.client, message) });
  }
}
