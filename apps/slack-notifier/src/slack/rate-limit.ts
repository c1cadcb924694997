import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two calls after a limit was met: Slack allows about one message a second per channel. */
const SPACING = 1000;

/**
 * Lets calls through at once until Slack says that there were too many; then the calls that wait
 * and those that come go one a second, from the moment on that Slack named.
 */
export class RateLimit {
  private nextAt = 0;

  /** Resolves when this call may go; rejects when the signal aborts. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const wait = this.nextAt - performance.now();
    if (wait <= 0) return;
    this.nextAt += SPACING;
    await pause(wait, undefined, { signal });
  }

  /** Slack answered 429 with `Retry-After`. */
  met(retryAfterSeconds: number): void {
    this.nextAt = Math.max(this.nextAt, performance.now() + retryAfterSeconds * 1000);
  }
}
