import type { NatsConnection } from '@nats-io/transport-node';

/** A published step is seen some milliseconds before it is stored (and may yet be refused). */
const SOON = 2;
/** The message may have come before the subscription, and what it tells of (a deletion, say) after the first look. */
const FIRST_PAUSE = 50;
const FACTOR = 3;
const LONGEST_PAUSE = 2000;

/**
 * Looks at once, and again whenever a message is published to `subject`, until `look` gives a value.
 * A published message is only a hint, so it looks again on a clock too, ever more rarely.
 * @returns what `look` gave, or undefined when it gave nothing within `timeoutMs`.
 */
export async function watch<T>(
  nc: NatsConnection,
  subject: string,
  look: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  const hints = new Hints(nc, subject);
  try {
    for (;;) {
      const seen = await look();
      const left = deadline - performance.now();
      if (seen !== undefined || left <= 0) return seen;
      await hints.next(left);
    }
  } finally {
    hints.close();
  }
}

/** When to look again. */
class Hints {
  private pause = FIRST_PAUSE;
  private hinted = false;
  private wake: (() => void) | undefined;
  private readonly subscription;

  constructor(nc: NatsConnection, subject: string) {
    this.subscription = nc.subscribe(subject, {
      callback: () => {
        this.hinted = true;
        this.wake?.();
      },
    });
  }

  async next(atMost: number): Promise<void> {
    if (!this.hinted) await this.wait(Math.min(this.pause, atMost));
    this.pause = this.hinted ? SOON : Math.min(this.pause * FACTOR, LONGEST_PAUSE);
    this.hinted = false;
  }

  close(): void {
    this.subscription.unsubscribe();
  }

  private wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
