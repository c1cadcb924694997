import type { Delivery, StoredMessage } from '@countersign/workflow';
import type { ModelClient } from './client';
import type { ModelJetStream } from './jetstream';
import { type HeldMessage, type ModelStream, matcher } from './stream';

export interface ConsumerOptions {
  readonly name: string;
  readonly filter: string;
  /** Milliseconds until what was not acknowledged is delivered again. */
  readonly ackWait: number;
  /** Whether one client at a time gets everything. */
  readonly pinned: boolean;
}

/** A task in a worker's hands; settled exactly once. */
export interface TaskDelivery extends Delivery {
  /** Asks for redelivery after `delay` milliseconds. */
  nak(delay?: number): void;
}

interface Attachment {
  readonly client: ModelClient;
  readonly onDelivery: (delivery: TaskDelivery) => void;
}

const PIN_TIMEOUT_MS = 3_000;

/**
 * A durable consumer with explicit acknowledgement and unlimited deliveries. Messages come in any
 * order, as they do in the end with redeliveries and several clients.
 */
export class ModelConsumer {
  private readonly matches: (subject: string) => boolean;
  private readonly attachments: Attachment[] = [];
  private pin: Attachment | undefined;
  /** To be delivered. */
  private readonly ready = new Set<number>();
  /** In somebody's hands until the given virtual time; in the order of these times. */
  private readonly inHand = new Map<number, number>();
  private readonly acknowledged = new Set<number>();
  private readonly deliveries = new Map<number, number>();
  private sweeping = false;

  constructor(
    private readonly broker: ModelJetStream,
    readonly stream: ModelStream,
    private readonly options: ConsumerOptions,
  ) {
    this.matches = matcher(options.filter);
    for (const message of stream.all()) this.offer(message);
  }

  /** Sequences of messages that are there and were never acknowledged. */
  get unacknowledged(): number[] {
    const messages = this.stream.all().filter(({ subject }) => this.matches(subject));
    return messages.map(({ seq }) => seq).filter((seq) => !this.acknowledged.has(seq));
  }

  offer({ seq, subject }: HeldMessage): void {
    if (this.matches(subject)) this.makeReady(seq);
  }

  attach(client: ModelClient, onDelivery: (delivery: TaskDelivery) => void): () => void {
    const attachment = { client, onDelivery };
    this.attachments.push(attachment);
    const forget = client.onAbsence((ms) => this.absent(attachment, ms));
    for (const seq of this.ready) this.schedule(seq);
    return () => {
      forget();
      this.detach(attachment);
      this.unpin(attachment);
    };
  }

  acknowledge(seq: number): void {
    this.inHand.delete(seq);
    this.ready.delete(seq);
    this.acknowledged.add(seq);
  }

  renew(seq: number): void {
    if (this.inHand.delete(seq)) this.hold(seq);
  }

  refuse(seq: number, delayMs: number): void {
    if (!this.inHand.delete(seq)) return;
    const again = () => {
      if (!this.acknowledged.has(seq)) this.makeReady(seq);
      return false;
    };
    this.broker.scheduler.add(`${this.options.name} refused ${seq}`, again, delayMs);
  }

  restarted(forgetting: number): void {
    const { random } = this.broker.scheduler;
    for (const seq of [...this.acknowledged]) {
      if (!random.chance(forgetting) || this.stream.get(seq) === undefined) continue;
      this.acknowledged.delete(seq);
      this.deliveries.delete(seq);
      this.makeReady(seq);
    }
  }

  private makeReady(seq: number): void {
    this.ready.add(seq);
    if (this.attachments.length > 0) this.schedule(seq);
  }

  private schedule(seq: number, delayMs = 0): void {
    this.broker.scheduler.add(`${this.options.name} ready ${seq}`, () => this.deliver(seq), delayMs);
  }

  private deliver(seq: number): boolean {
    if (!this.ready.has(seq)) return false;
    if (this.broker.downFor > 0) {
      this.schedule(seq, this.broker.downFor);
      return false;
    }
    const message = this.stream.get(seq);
    if (message === undefined) this.ready.delete(seq);
    const receiver = this.choose();
    if (message !== undefined && receiver !== undefined) this.handOut(message, receiver);
    return false;
  }

  private choose(): Attachment | undefined {
    if (this.attachments.length === 0) return undefined;
    const { random } = this.broker.scheduler;
    if (!this.options.pinned) return random.pick(this.attachments);
    this.pin ??= random.pick(this.attachments);
    return this.pin.client.crashed ? undefined : this.pin;
  }

  private handOut(message: HeldMessage, { client, onDelivery }: Attachment): void {
    const { faults, scheduler } = this.broker;
    const { seq } = message;
    const deliveries = (this.deliveries.get(seq) ?? 0) + 1;
    this.deliveries.set(seq, deliveries);
    this.ready.delete(seq);
    this.inHand.delete(seq);
    this.hold(seq);
    if (scheduler.random.chance(faults.duplicateDelivery)) this.makeReady(seq);
    if (scheduler.random.chance(faults.lostDelivery)) return;
    const delivery = new ModelDelivery(this, client, message, deliveries);
    client.enter(
      `${client.name} < ${this.options.name} ${seq}`,
      () => onDelivery(delivery),
      client.latency(),
    );
  }

  private hold(seq: number): void {
    this.inHand.set(seq, this.broker.scheduler.clock.now() + this.options.ackWait);
    this.sweepLater();
  }

  /** One timer for the oldest serves all. */
  private sweepLater(): void {
    const oldest = this.inHand.values().next();
    if (this.sweeping || oldest.done === true) return;
    this.sweeping = true;
    const { clock } = this.broker.scheduler;
    clock.after(oldest.value - clock.now(), () => {
      this.sweeping = false;
      for (const [seq, until] of this.inHand) {
        if (until > clock.now()) break;
        this.inHand.delete(seq);
        if (this.stream.get(seq) !== undefined) this.makeReady(seq);
      }
      this.sweepLater();
    });
  }

  /** A client that crashed is gone for good; the pin of one that is silent goes to another after a while. */
  private absent(attachment: Attachment, ms: number): void {
    if (attachment.client.crashed) this.detach(attachment);
    if (this.pin !== attachment || ms < PIN_TIMEOUT_MS) return;
    this.broker.scheduler.clock.after(PIN_TIMEOUT_MS, () => this.unpin(attachment));
  }

  private detach(attachment: Attachment): void {
    const index = this.attachments.indexOf(attachment);
    if (index >= 0) this.attachments.splice(index, 1);
  }

  private unpin(attachment: Attachment): void {
    if (this.pin !== attachment) return;
    const others = this.attachments.filter((other) => other !== attachment);
    this.pin = others.length > 0 ? this.broker.scheduler.random.pick(others) : undefined;
    for (const seq of this.ready) this.schedule(seq);
  }
}

class ModelDelivery implements TaskDelivery {
  private settled = false;

  constructor(
    private readonly consumer: ModelConsumer,
    private readonly client: ModelClient,
    readonly message: StoredMessage & Pick<HeldMessage, 'expectedLast'>,
    readonly deliveries: number,
  ) {}

  get firstOnSubject(): boolean {
    return this.message.expectedLast === 0;
  }

  ack(): void {
    this.settle('ack', (seq) => this.consumer.acknowledge(seq));
  }

  nak(delay = 0): void {
    this.settle('nak', (seq) => this.consumer.refuse(seq, delay));
  }

  working(): void {
    if (!this.settled) this.send('working', (seq) => this.consumer.renew(seq));
  }

  private settle(label: string, effect: (seq: number) => void): void {
    if (this.settled) return;
    this.settled = true;
    this.send(label, effect);
  }

  private send(label: string, effect: (seq: number) => void): void {
    const { seq } = this.message;
    this.client.send(`${this.client.name} ${label} ${seq}`, () => effect(seq));
  }
}
