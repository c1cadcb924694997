/** One shard in the hands of this coordinator: hands inputs to their instances and keeps the books. */
import { InstanceSubjects, instanceIdOf, parkedFilter } from '@countersign/contracts';
import { traceIdOf } from '@countersign/jetstream';
import type { Delivery } from '@countersign/workflow';
import { Compaction } from './compaction';
import { delay } from './delay';
import { ForcedEnd } from './forced-end';
import type { Host } from './host';
import { Instance } from './instance';
import { Journal, toInput } from './journal';
import {
  DEFAULT_LIMITS,
  type ParkedMarker,
  type ParkedReason,
  type ShardContext,
  type ShardOptions,
} from './options';
import { Origin } from './origin';
import { Outbox } from './outbox';
import { parseMarker, quarantine, type Parked } from './parked';
import { Pending } from './pending';
import { Purge } from './purge';
import { Retention } from './retention';

/** How often instances with something in hand are looked at, as a part of the acknowledgement time. */
const TICKS_PER_ACK_WAIT = 16;

export class Shard implements Host {
  readonly context: ShardContext;
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly origin: Origin;
  readonly purge: Purge;
  readonly compaction: Compaction;
  readonly forcedEnd: ForcedEnd;
  readonly #retention: Retention;
  watchdogBacklog = 0;
  /** In order of their last use: the first is evicted first. */
  readonly #instances = new Map<string, Instance>();
  /** Those with something in hand. */
  readonly #attended = new Set<Instance>();
  readonly #parked = new Map<string, Parked>();
  /** Parked before, trying again: their marker is still there. */
  readonly #trying = new Map<string, Parked>();
  #ticking = false;

  constructor(options: ShardOptions) {
    this.context = {
      observe: () => undefined,
      ...options,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      report: (event) => options.report({ ...event, ...this.#traceOf(event.id) }),
    };
    this.journal = new Journal(this.context);
    this.outbox = new Outbox(this.context);
    this.origin = new Origin(this.context, this.outbox);
    this.purge = new Purge(this.context, this.journal, this.outbox);
    this.compaction = new Compaction(this.context, this.outbox);
    this.forcedEnd = new ForcedEnd(this.context, this.outbox);
    this.#retention = new Retention(this.context, this.outbox);
  }

  #traceOf(id: string): { traceId?: string } {
    const trace = this.#instances.get(id)?.trace;
    return trace === undefined ? {} : { traceId: traceIdOf(trace) };
  }

  /** Takes an input in hand. Never throws, never waits. */
  handle(delivery: Delivery): void {
    const { message } = delivery;
    const id = instanceIdOf(message.subject);
    if (this.#parked.has(id)) return void this.#setAside(id, delivery);
    this.#receive(id, delivery);
  }

  #receive(id: string, delivery: Delivery): void {
    const { message } = delivery;
    const input = toInput(message);
    if (input === undefined) return this.#discard(id, delivery);
    const instance = this.#instance(id);
    const known = instance.find(input.seq);
    const now = this.context.clock.now();
    if (known === undefined) instance.receive(new Pending(input, delivery, now));
    else known.deliveredAgain(delivery, now);
  }

  /** What a parked instance gets is read from the stream when it recovers; the leader confirms that it is parked (R4). */
  async #setAside(id: string, delivery: Delivery): Promise<void> {
    const { log, shard, report } = this.context;
    try {
      const marker = await log.last(new InstanceSubjects(shard, id).parked);
      if (marker !== undefined) {
        if (toInput(delivery.message)?.body.type === 'terminate') this.#tryAgain(id);
        return delivery.ack();
      }
      if (this.#parked.delete(id)) this.#instance(id).recover();
      this.#receive(id, delivery);
    } catch (error) {
      report({ kind: 'retrying', id, reason: String(error) }); // It comes again.
    }
  }

  /** Instances that were parked by this or another coordinator are tried again: code may have come. */
  async recover(): Promise<void> {
    const { log, shard, clock, limits } = this.context;
    const now = clock.now();
    const markers = await log.subjects(parkedFilter(shard));
    this.#unparkOthers(new Set(markers.map(instanceIdOf)));
    for (const subject of markers) {
      const id = instanceIdOf(subject);
      const marker = this.#parked.get(id) ?? parseMarker(await log.last(subject));
      if (marker === undefined || this.#trying.has(id)) continue;
      if (marker.why.kind === 'poisoned' && marker.retryAt < 0) {
        this.#parked.set(id, { ...marker, retryAt: now + quarantine(marker.tries, limits.parkedRetry) });
      } else if (now >= marker.retryAt) {
        this.#parked.set(id, marker);
        this.#tryAgain(id);
      }
    }
  }

  #tryAgain(id: string): void {
    const marker = this.#parked.get(id);
    if (marker === undefined) return;
    this.#parked.delete(id);
    this.#trying.set(id, marker);
    this.#instance(id).recover();
  }

  /** How many are parked, as far as it is known here; those that are just tried again, too. */
  countParked(): ReadonlyMap<ParkedReason['kind'], number> {
    const counts = new Map<ParkedReason['kind'], number>();
    for (const { why } of [...this.#parked.values(), ...this.#trying.values()])
      counts.set(why.kind, (counts.get(why.kind) ?? 0) + 1);
    return counts;
  }

  /** Purges some of the instances that ended long ago; to be called now and then. */
  async sweep(): Promise<void> {
    if (this.context.limits.retention < Infinity) await this.#retention.sweep();
  }

  /** Somebody else unparked or purged them. */
  #unparkOthers(marked: ReadonlySet<string>): void {
    for (const id of this.#parked.keys()) {
      if (marked.has(id)) continue;
      this.#parked.delete(id);
      this.#instance(id).recover();
    }
  }

  /** The connection was lost: what was in hand may be delivered to others now. */
  suspect(): void {
    const now = this.context.clock.now();
    for (const instance of this.#attended) instance.suspect(now);
  }

  /**
   * Lets go of everything in hand; call it when no more deliveries come. Resolves when it is done, or the patience
   * (milliseconds) is at its end.
   */
  async close(patience = Infinity): Promise<void> {
    const { clock } = this.context;
    const deadline = clock.now() + patience;
    while (this.#attended.size > 0 && clock.now() < deadline) {
      for (const instance of this.#attended) instance.flush();
      await delay(clock, 10);
    }
  }

  attend(instance: Instance): void {
    this.#attended.add(instance);
    if (this.#ticking) return;
    this.#ticking = true;
    this.#scheduleTick();
  }

  idle(instance: Instance): void {
    this.#attended.delete(instance);
    // Hardly anything comes for an instance that has ended, and what comes late can read its journal.
    if (instance.hasEnded) this.#instances.delete(instance.id);
    this.#evict();
  }

  async park({ id, subjects }: Instance, why: ParkedReason): Promise<void> {
    const { clock, limits, report } = this.context;
    const tries = (this.#trying.get(id)?.tries ?? 0) + 1;
    const pause = why.kind === 'poisoned' ? quarantine(tries, limits.parkedRetry) : limits.parkedRetry;
    const marker: ParkedMarker = { why, tries };
    const seq = await this.outbox.store(id, {
      subject: subjects.parked,
      body: JSON.stringify(marker),
      rollup: true,
    });
    this.#trying.delete(id);
    this.#parked.set(id, { why, tries, retryAt: clock.now() + pause, seq });
    report({ kind: 'parked', id, why });
  }

  isParked({ id }: Instance): boolean {
    return this.#trying.has(id);
  }

  async unpark(instance: Instance): Promise<void> {
    const { id } = instance;
    const marker = this.#trying.get(id);
    if (marker === undefined) return;
    await this.context.log.delete(marker.seq);
    this.#trying.delete(id);
    instance.recover(); // Others may have let go of inputs while the marker was there.
    this.context.report({ kind: 'unparked', id });
  }

  #instance(id: string): Instance {
    const known = this.#instances.get(id);
    if (known !== undefined) this.#instances.delete(id);
    const instance = known ?? new Instance(id, this);
    this.#instances.set(id, instance);
    return instance;
  }

  /** Evicts idle instances beyond the limit, least recently used first. */
  #evict(): void {
    let surplus = this.#instances.size - this.context.limits.cachedInstances;
    if (surplus <= 0) return;
    for (const [id, instance] of this.#instances) {
      if (instance.isIdle) this.#instances.delete(id);
      if (--surplus <= 0) return;
    }
  }

  #scheduleTick(): void {
    const { clock, limits } = this.context;
    clock.after(limits.ackWait / TICKS_PER_ACK_WAIT, () => {
      const now = clock.now();
      for (const instance of this.#attended) instance.tick(now);
      this.#ticking = this.#attended.size > 0;
      if (this.#ticking) this.#scheduleTick();
    });
  }

  /** What no service of ours wrote is deleted, so that it blocks nothing. */
  #discard(id: string, delivery: Delivery): void {
    const { log, report } = this.context;
    const { seq } = delivery.message;
    report({ kind: 'undecodable', id, seq });
    log.delete(seq).then(
      () => delivery.ack(),
      () => undefined, // It comes again.
    );
  }
}
