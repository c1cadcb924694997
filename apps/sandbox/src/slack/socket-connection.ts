import type { WebSocket } from 'ws';
import { WORKSPACE } from './people';

/** Milliseconds between two pings: the SDK gives a connection up that is not pinged for half a minute. */
const PING_EVERY = 10_000;
/** Milliseconds after which a connection that was asked to go is ended. */
const LEAVE_WITHIN = 10_000;
/** Seconds that Slack says a connection will live. */
const LIFE = 18_060;

export interface Envelope {
  readonly envelope_id: string;
}

export type Acknowledgement =
  | { readonly end: 'acknowledged'; readonly body: string }
  /** Not in time. */
  | { readonly end: 'late' }
  /** The connection ended first. */
  | { readonly end: 'gone' };

/** One connection of Socket Mode. */
export class SocketConnection {
  /** It was asked to go. */
  leaving = false;
  private readonly waiting = new Map<string, (end: Acknowledgement) => void>();
  private readonly pings: NodeJS.Timeout;
  private leave: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    onClose: () => void,
  ) {
    this.pings = setInterval(() => socket.ping('Ping from Slack'), PING_EVERY);
    socket.on('message', (data) => this.received((data as Buffer).toString()));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      clearInterval(this.pings);
      clearTimeout(this.leave);
      onClose();
      for (const settle of this.waiting.values()) settle({ end: 'gone' });
    });
  }

  greet(connections: number): void {
    this.say({
      type: 'hello',
      num_connections: connections,
      connection_info: { app_id: WORKSPACE.app },
      debug_info: { host: 'sandbox', build_number: 1, approximate_connection_time: LIFE },
    });
  }

  send(envelope: Envelope, signal: AbortSignal): Promise<Acknowledgement> {
    const { envelope_id: id } = envelope;
    return new Promise((resolve) => {
      const settle = (end: Acknowledgement) => {
        this.waiting.delete(id);
        signal.removeEventListener('abort', late);
        resolve(end);
      };
      const late = () => settle({ end: 'late' });
      if (signal.aborted) return late();
      signal.addEventListener('abort', late);
      this.waiting.set(id, settle);
      this.say(envelope);
    });
  }

  askToGo(reason: string): void {
    this.leaving = true;
    this.leave ??= setTimeout(() => this.terminate(), LEAVE_WITHIN);
    this.say({ type: 'disconnect', reason, debug_info: { host: 'sandbox' } });
  }

  terminate(): void {
    this.socket.terminate();
  }

  private say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The SDK acknowledges with an empty payload where it has none. */
  private received(text: string): void {
    const { envelope_id: id, payload } = JSON.parse(text) as { envelope_id: string; payload?: object };
    const isEmpty = payload === undefined || Object.keys(payload).length === 0;
    this.waiting.get(id)?.({ end: 'acknowledged', body: isEmpty ? '' : JSON.stringify(payload) });
  }
}
