import { setTimeout as pause } from 'node:timers/promises';
import { SlackDoor } from '@countersign/decisions';
import { Problem, traceDelivery } from '@countersign/service';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { SlackNotifierConfig } from '../config';
import { type Envelope, SocketSession } from './socket-session';

/** Milliseconds until the next attempt to connect after one that failed; each time twice as many. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** A connection that ends sooner, in milliseconds, counts as a failed attempt. */
const SHORTEST = 5_000;
/** What traces call this way in. */
const DOOR = { system: 'slack', destination: 'slack socket-mode' };
/** Milliseconds that a shutdown waits for what is in hand: longer than a click may take to be stored. */
const DRAIN = 4_000;

/**
 * Clicks by Socket Mode: Slack delivers over a socket that this process opens. A click is acknowledged once
 * it is stored in JetStream; one that is not stored in time is not acknowledged, so the person sees that
 * it failed, or Slack delivers it again. Any number of processes may hold a socket; Slack picks one.
 *
 * Source: https://docs.slack.dev/apis/events-api/using-socket-mode
 */
@Injectable()
export class SlackSocket implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('SlackSocket');
  private readonly stopping = new AbortController();
  private readonly inHand = new Set<Promise<void>>();
  private state: true | string = 'Slack has not been reached yet';
  private session: SocketSession | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly config: SlackNotifierConfig,
    private readonly door: SlackDoor,
  ) {}

  /** Whether clicks come this way. */
  get isOn(): boolean {
    return this.config.slackAppToken !== undefined;
  }

  /** `true`, or why nothing comes in. */
  check(): true | string {
    return this.state;
  }

  onApplicationBootstrap(): void {
    if (this.isOn) this.running = this.run();
  }

  /** Before activities and JetStream stop: what is in hand is stored and acknowledged. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    const drained = new AbortController();
    const timeUp = pause(DRAIN, undefined, { signal: drained.signal }).catch(() => undefined);
    await Promise.race([this.settled(), timeUp]);
    await Promise.race([this.session?.close(), timeUp]);
    await Promise.race([this.running, timeUp]);
    drained.abort();
  }

  private async settled(): Promise<void> {
    while (this.inHand.size > 0) await Promise.allSettled(this.inHand);
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** Slack ends every connection after some hours, and some sooner. */
  private async run(): Promise<void> {
    let failures = 0;
    while (!this.isStopping) {
      if (await this.connected()) failures = 0;
      else await this.waitAfter(failures++);
    }
  }

  /** Resolves when the connection has ended, to whether it had lasted. */
  private async connected(): Promise<boolean> {
    const session = new SocketSession(this.config, (envelope) => this.take(envelope));
    this.session = session;
    try {
      await session.open();
    } catch (error) {
      return this.failed(error);
    }
    if (this.isStopping) await session.close();
    const since = performance.now();
    this.state = true;
    this.logger.log('connected by Socket Mode');
    await session.ended;
    this.state = 'the connection for Socket Mode has ended';
    if (!this.isStopping) this.logger.log('the connection for Socket Mode has ended, connecting again');
    return performance.now() - since >= SHORTEST;
  }

  private failed(error: unknown): false {
    if (this.isStopping) return false;
    const why = error instanceof Error ? error.message : String(error);
    this.state = `Slack cannot be reached by Socket Mode (SLACK_APP_TOKEN, SLACK_API_URL): ${why}`;
    this.logger.error('no connection for Socket Mode', error);
    return false;
  }

  /** @param failures how many there were in a row before this one */
  private waitAfter(failures: number): Promise<void> {
    const ms = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
    return pause(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private take(envelope: Envelope): void {
    const taken = this.store(envelope).finally(() => this.inHand.delete(taken));
    this.inHand.add(taken);
  }

  private store({ id, payload, acknowledge }: Envelope): Promise<void> {
    return traceDelivery(
      { ...DOOR, id },
      async () => acknowledge(await this.answerTo(payload)),
      (error) => this.logger.error('a click is not acknowledged', error),
    );
  }

  /** What Slack would send again and again is acknowledged, too. */
  private async answerTo(payload: unknown): Promise<object> {
    try {
      return await this.door.take(payload);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.logger.warn('Slack sent what is no click', error);
      return {};
    }
  }
}
