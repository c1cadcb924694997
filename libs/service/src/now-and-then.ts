import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';

const HOUR = 3600 * 1000;
const INTERVAL = 6 * HOUR;

/** Housekeeping of a service: done when it boots, and every six hours. */
export abstract class NowAndThen implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.work(), INTERVAL);
    void this.work();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
    this.#stopped.abort();
  }

  /** Aborts when the service stops. */
  protected get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Never rejects: what fails is done the next time. */
  protected abstract work(): Promise<unknown>;
}
