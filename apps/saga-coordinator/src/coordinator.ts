import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { COORDINATOR_GROUP } from '@countersign/contracts';
import {
  allServed,
  consumeInputs,
  JetStreamConnection,
  ShardLogs,
  type InputConsumer,
} from '@countersign/jetstream';
import { WorkflowRegistry } from '@countersign/workflow';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CoordinatorConfig } from './config';
import { countEvent, countStep, showParked } from './metrics';
import { DEFAULT_LIMITS, type ShardEvent } from './shard/options';
import { Shard } from './shard/shard';
import { systemClock } from './shard/system-clock';
import { type SharedOut, ShardSharing } from './sharing/shard-sharing';

const DAY = 24 * 3_600_000;
/** How often instances that ended long ago are looked for, in milliseconds. */
const SWEEP_INTERVAL = 10_000;

interface ServedShard {
  readonly index: number;
  readonly shard: Shard;
  readonly inputs: InputConsumer;
}

/** Runs the shards whose inputs the server gives it, and stands by for the others. */
@Injectable()
export class Coordinator implements OnApplicationBootstrap, BeforeApplicationShutdown, SharedOut {
  readonly #logger = new Logger('Coordinator');
  /** Of this process, and of none before it on this machine. */
  readonly #name = `${hostname()}/${randomUUID().slice(0, 8)}`;
  readonly #served: ServedShard[] = [];
  #sharing: ShardSharing | undefined;
  readonly #clocks: NodeJS.Timeout[] = [];

  constructor(
    private readonly connection: JetStreamConnection,
    private readonly logs: ShardLogs,
    private readonly workflows: WorkflowRegistry,
    private readonly config: CoordinatorConfig,
  ) {}

  /** Whether inputs of every shard come, or would if no other coordinator had it; otherwise what stands in the way, as a phrase. */
  check(): true | string {
    if (this.#served.length < this.config.shards) return 'not consuming yet';
    return allServed(this.#served.map(({ inputs }) => inputs));
  }

  async onApplicationBootstrap(): Promise<void> {
    const { shards } = this.config;
    await Promise.all(Array.from({ length: shards }, (_, shard) => this.#serve(shard)));
    this.connection.onReconnect(() => this.#served.forEach(({ shard }) => shard.suspect()));
    this.#clocks.push(setInterval(() => void this.#recover(), DEFAULT_LIMITS.parkedRetry));
    this.#clocks.push(setInterval(() => void this.#sweep(), SWEEP_INTERVAL));
    await this.#recover();
    this.#sharing = new ShardSharing(this.connection, this.#name, this);
    this.#logger.log('serving', { shards, coordinator: this.#name });
  }

  /** Stops pulling, lets go of what is in hand; only then is the connection drained. */
  async beforeApplicationShutdown(): Promise<void> {
    for (const clock of this.#clocks) clearInterval(clock);
    this.#sharing?.stop();
    await Promise.all(this.#served.map(({ inputs }) => inputs.stop()));
    await Promise.all(this.#served.map(({ shard }) => shard.close()));
  }

  held(): readonly number[] {
    return this.#served.filter(({ inputs }) => inputs.isPinned).map(({ index }) => index);
  }

  async makeWay(index: number, away: number): Promise<void> {
    const served = this.#served.find((one) => one.index === index);
    if (served === undefined) return;
    const { inputs, shard } = served;
    await inputs.leave();
    await Promise.all([shard.close(away), pause(away, undefined, { ref: false })]);
    inputs.standBy();
  }

  async #serve(index: number): Promise<void> {
    const { shards, cachedInstances, prefetch, retentionDays } = this.config;
    const retention = retentionDays === 0 ? Infinity : retentionDays * DAY;
    const shard = new Shard({
      shard: index,
      shards,
      log: this.logs.at(index),
      clock: systemClock,
      find: (name, version) => this.workflows.find(name, version),
      limits: { cachedInstances, retention },
      report: (event) => this.#report(index, event),
      observe: countStep,
    });
    const onDelivery = shard.handle.bind(shard);
    const group = COORDINATOR_GROUP;
    const inputs = await consumeInputs(this.connection, index, { prefetch, group, onDelivery });
    this.#served.push({ index, shard, inputs });
  }

  async #recover(): Promise<void> {
    try {
      await Promise.all(this.#served.map(({ shard }) => shard.recover()));
      this.#showParked();
    } catch (error) {
      this.#logger.warn('parked instances could not be listed; they are listed again later', error);
    }
  }

  async #sweep(): Promise<void> {
    try {
      await Promise.all(this.#served.map(({ shard }) => shard.sweep()));
    } catch (error) {
      this.#logger.warn('instances that ended long ago could not be purged; it is tried again', error);
    }
  }

  #showParked(): void {
    showParked(this.#served.map(({ shard }) => shard.countParked()));
  }

  #report(shard: number, { kind, id: instanceId, ...details }: ShardEvent): void {
    countEvent(kind);
    if (kind === 'parked' || kind === 'unparked') this.#showParked();
    const fields = { shard, instanceId, ...details };
    if (kind === 'parked') this.#logger.error('parked: see why, then deploy matching code', fields);
    else if (kind === 'late' || kind === 'overtaken') this.#logger.debug(kind, fields);
    else this.#logger.warn(kind, fields);
  }
}
