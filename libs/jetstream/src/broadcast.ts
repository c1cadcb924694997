import type { Subscription } from '@nats-io/transport-node';
import type { JetStreamConnection } from './connection';

/**
 * What processes tell each other in passing: nothing is stored, nothing is confirmed, and who does not listen at that
 * moment misses it. Everybody hears himself, too.
 */
export class Broadcast<Word extends object> {
  private readonly subscription: Subscription;

  /** @param hear gets whatever others say, which need not be what was expected */
  constructor(
    private readonly connection: JetStreamConnection,
    private readonly subject: string,
    hear: (word: Partial<Word>) => void,
  ) {
    this.subscription = connection.nc.subscribe(subject, {
      callback: (error, message) => {
        const word = error === null ? objectIn(message.string()) : undefined;
        if (word !== undefined) hear(word as Partial<Word>);
      },
    });
  }

  /** Is lost while there is no connection. */
  say(word: Word): void {
    const { connected, outbound } = this.connection;
    if (connected) outbound.send({ subject: this.subject, body: JSON.stringify(word) });
  }

  close(): void {
    if (!this.connection.nc.isClosed()) this.subscription.unsubscribe();
  }
}

/** An exception would end the connection: it is called by the client's parser. */
function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
