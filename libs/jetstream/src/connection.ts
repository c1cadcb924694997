import { setTimeout as pause } from 'node:timers/promises';
import { CodedError } from '@countersign/workflow';
import { jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import {
  AuthorizationError,
  connect,
  createInbox,
  PermissionViolationError,
  type NatsConnection,
} from '@nats-io/transport-node';
import { Logger } from '@nestjs/common';
import { credentialsOf, inboxPrefixOf, type Credentials } from './credentials';
import { natsConnected, natsReconnects } from './metrics';
import { Outbound } from './outbound';
import { patiently } from './patiently';

export interface ConnectionSettings extends Credentials {
  /** Comma-separated addresses: `nats://127.0.0.1:4222`. */
  readonly servers: string;
  /** Shows in the server's list of connections. */
  readonly name: string;
  /** How long to wait for a server at first, in milliseconds. Default: 30 s. */
  readonly connectTimeout?: number;
  /** Aborted when the process is told to go: what a boot waits for is waited for no longer. */
  readonly leaving?: AbortSignal;
}

/** Message schedules came with this one. */
const OLDEST_SERVER = { major: 2, minor: 12 };
const CONNECT_TIMEOUT = 30_000;
const RETRY_INTERVAL = 250;
const PING_INTERVAL = 10_000;

type Listener = () => void;

/**
 * The one connection of a process. It reconnects for ever; `epoch` tells connections apart:
 * whatever was requested in an earlier epoch will not be answered any more.
 */
export class JetStreamConnection {
  readonly js: JetStreamClient;
  /** Everything that is published goes through here, so that it leaves in batches and in order. */
  readonly outbound: Outbound;
  /** Resolves when the connection has ended for good. */
  readonly closed: Promise<void>;

  private isConnected = true;
  private epochs = 1;
  private readonly disconnectListeners = new Set<Listener>();
  private readonly reconnectListeners = new Set<Listener>();

  private readonly logger = new Logger('Nats');

  private constructor(
    readonly nc: NatsConnection,
    readonly jsm: JetStreamManager,
    private readonly inboxPrefix: string,
    readonly leaving: AbortSignal | undefined,
  ) {
    this.js = jetstream(nc);
    this.outbound = new Outbound(nc);
    natsConnected.set(1);
    this.closed = nc.closed().then(() => this.disconnected());
    void this.watch();
  }

  /**
   * Waits for a server as long as `connectTimeout`.
   * @throws CodedError `NatsUnreachable`, `NatsUserRefused`, `NatsServerTooOld` or `JetStreamDisabled`; each says what to do.
   */
  static async open(settings: ConnectionSettings): Promise<JetStreamConnection> {
    const nc = await connectPatiently(settings);
    try {
      refuseOldServer(nc, settings.servers);
      const manager = await managerOf(nc, settings.servers);
      return new JetStreamConnection(nc, manager, inboxPrefixOf(settings), settings.leaving);
    } catch (error) {
      await nc.close();
      throw error;
    }
  }

  get connected(): boolean {
    return this.isConnected;
  }

  /** Increases with each reconnect. */
  get epoch(): number {
    return this.epochs;
  }

  /** A subject of its own for answers, which no other user of the server may listen to. */
  inbox(): string {
    return createInbox(this.inboxPrefix);
  }

  /** The returned function removes the listener; the same for `onReconnect`. */
  onDisconnect(listener: Listener): () => void {
    this.disconnectListeners.add(listener);
    return () => this.disconnectListeners.delete(listener);
  }

  onReconnect(listener: Listener): () => void {
    this.reconnectListeners.add(listener);
    return () => this.reconnectListeners.delete(listener);
  }

  /** Sends what is still to be sent and closes. */
  async close(): Promise<void> {
    this.outbound.flush();
    if (!this.nc.isClosed()) await (this.isConnected ? this.nc.drain() : this.nc.close());
    await this.closed;
  }

  private async watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') this.disconnected();
      if (status.type === 'reconnect') this.reconnected();
      if (status.type === 'error' && status.error instanceof PermissionViolationError)
        this.logger.error(
          `The server refuses this user: ${status.error.operation} ${status.error.subject}. ` +
            'Its permissions are older than this service, or those of another one.',
        );
    }
  }

  private disconnected(): void {
    if (!this.isConnected) return;
    this.isConnected = false;
    natsConnected.set(0);
    for (const listener of this.disconnectListeners) listener();
  }

  private reconnected(): void {
    this.isConnected = true;
    this.epochs++;
    natsConnected.set(1);
    natsReconnects.inc();
    for (const listener of this.reconnectListeners) listener();
  }
}

async function connectPatiently(settings: ConnectionSettings): Promise<NatsConnection> {
  const bound = settings.connectTimeout ?? CONNECT_TIMEOUT;
  const deadline = performance.now() + bound;
  for (;;) {
    try {
      return await connect({
        servers: settings.servers.split(',').map((server) => server.trim()),
        name: settings.name,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RETRY_INTERVAL,
        timeout: Math.max(RETRY_INTERVAL, Math.min(deadline - performance.now(), PING_INTERVAL)),
        pingInterval: PING_INTERVAL,
        noAsyncTraces: true,
        ...credentialsOf(settings),
      });
    } catch (cause) {
      if (performance.now() + RETRY_INTERVAL < deadline) await pause(RETRY_INTERVAL);
      else if (cause instanceof AuthorizationError) throw userRefused(settings, cause);
      else throw unreachable(settings.servers, bound, cause);
    }
  }
}

const unreachable = (servers: string, bound: number, cause: unknown): CodedError =>
  new CodedError(
    'NatsUnreachable',
    `No NATS server answered at ${servers} within ${bound / 1000} s (${cause instanceof Error ? cause.message : String(cause)}). ` +
      'Start nats-server 2.12 or later with JetStream there, or set NATS_URL to where it is.',
    { cause, retryable: true },
  );

const userRefused = ({ servers, user }: ConnectionSettings, cause: unknown): CodedError =>
  new CodedError(
    'NatsUserRefused',
    `The NATS server at ${servers} refuses ${user === undefined ? 'a connection without a user' : `the user ${user}`}. ` +
      'Set NATS_USER and NATS_PASSWORD to what its configuration says.',
    { cause },
  );

function refuseOldServer(nc: NatsConnection, servers: string): void {
  const version = nc.info?.version ?? '0.0.0';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > OLDEST_SERVER.major || (major === OLDEST_SERVER.major && minor >= OLDEST_SERVER.minor)) return;
  throw new CodedError(
    'NatsServerTooOld',
    `nats-server ${version} at ${servers} is too old: timers need message schedules, which came with 2.12.0. ` +
      'Upgrade it, or set NATS_URL to a newer one.',
  );
}

/** A cluster that has just started chooses a leader first, and does not answer meanwhile. */
async function managerOf(nc: NatsConnection, servers: string): Promise<JetStreamManager> {
  const isCluster = nc.info?.cluster !== undefined;
  try {
    return await (isCluster ? patiently(() => jetstreamManager(nc)) : jetstreamManager(nc));
  } catch (cause) {
    throw new CodedError(
      'JetStreamDisabled',
      `The NATS server at ${servers} does not offer JetStream. Start it with -js, or with jetstream {} in its configuration.`,
      { cause },
    );
  }
}
