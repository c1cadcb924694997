import { setTimeout as sleep } from 'node:timers/promises';
import { storageUnavailable } from './unavailable';

const PAUSE = 50;

/** The time that one request may take over all its attempts. */
export class Patience {
  private readonly end: number;

  constructor(
    private readonly ms: number,
    /** What is being attempted, for the error: `start x`. */
    private readonly what: string,
  ) {
    this.end = performance.now() + ms;
  }

  /** The promise's value, or `late` when the time is up first. */
  async within<T>(promise: Promise<T>, late: T): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<T>((resolve) => {
      timer = setTimeout(() => resolve(late), Math.max(0, this.end - performance.now()));
    });
    try {
      return await Promise.race([promise, timeUp]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Between two attempts.
   * @throws CodedError `StorageUnavailable` when the time is up.
   */
  async pause(reason: string): Promise<void> {
    if (performance.now() + PAUSE >= this.end) {
      throw storageUnavailable(`Could not ${this.what} within ${this.ms / 1000} s: ${reason}`);
    }
    await sleep(PAUSE);
  }
}
