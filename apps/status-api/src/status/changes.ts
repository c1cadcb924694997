import { onHint, type ShardLogs } from '@countersign/jetstream';
import type { OnModuleDestroy } from '@nestjs/common';
import type { StatusReader, StatusView } from './status-reader';
import { Watch } from './watch';

/** One client's part in a watch. */
export interface Follower {
  /** As of the last look; undefined when the instance is gone. */
  readonly newest: StatusView | undefined;
  /**
   * Waits until the newest state is enough.
   * @returns false when the time was up, the client left or the service stops before that
   */
  until(enough: (view: StatusView | undefined) => boolean, ms: number, left: AbortSignal): Promise<boolean>;
  /** Looks now; followers that look at the same time share one look. */
  look(): Promise<StatusView | undefined>;
  leave(): void;
}

/**
 * Tells clients that are held when their instance changes. Everybody who waits for one instance
 * shares one subscription and one look, and the last one to leave ends both.
 */
export class Changes implements OnModuleDestroy {
  private readonly watches = new Map<string, Watch>();
  private isStopping = false;

  constructor(
    private readonly reader: StatusReader,
    private readonly logs: ShardLogs,
  ) {}

  /** The service is shutting down: nobody is held any more. */
  get stopping(): boolean {
    return this.isStopping;
  }

  /** How many instances are being watched. */
  get watched(): number {
    return this.watches.size;
  }

  /**
   * @param view what the client has seen
   * @param options whether progress is to be followed too, beside steps
   */
  follow(view: StatusView, options: { readonly progress: boolean }): Follower {
    const key = `${options.progress ? 'progress' : 'steps'} ${view.id}`;
    const watch = this.watches.get(key) ?? this.open(key, view, options);
    const follower = watch.join(view);
    return {
      get newest() {
        return watch.newest;
      },
      look: () => watch.look(),
      until: (enough, ms, left) =>
        this.isStopping ? Promise.resolve(false) : follower.until(enough, ms, left),
      leave: () => {
        if (follower.leave() > 0 || this.watches.get(key) !== watch) return;
        this.watches.delete(key);
        watch.close();
      },
    };
  }

  /** Wakes everybody. JetStream is still there: what they waited for is read once more. */
  onModuleDestroy(): void {
    this.isStopping = true;
    for (const watch of this.watches.values()) watch.wake();
  }

  private open(key: string, view: StatusView, options: { readonly progress: boolean }): Watch {
    const watch = new Watch(view, {
      read: (known) => this.reader.read(view.id, known),
      subscribe: (listener) => onHint(this.logs, view.id, listener, options),
    });
    this.watches.set(key, watch);
    return watch;
  }
}
