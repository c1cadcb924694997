/**
 * Looks at one instance for everybody who waits for it.
 *
 * 1. A hint is only a hint: it comes before the message is stored. After one it looks soon and then
 *    ever more rarely; without one it looks ever more rarely too, for hints that were lost.
 * 2. At most one look is under way; whoever asks meanwhile gets its answer.
 * 3. A look that fails is made again by the clock. Who is held until the end looks for itself then,
 *    and is told.
 */
import type { StatusView } from './status-reader';
import { sameVersion, type Version } from './version';

/** Milliseconds after the hint of a step, when it is probably stored. */
const SOON = 2;
/** Milliseconds after the hint of progress: reports that come faster are seen together. */
const PROGRESS_PAUSE = 250;
/** Milliseconds between the first look and the second: a subscription needs a moment to reach a whole cluster. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;
const FACTOR = 3;

type Newest = StatusView | undefined;

export interface WatchPorts {
  read(known: Version | undefined): Promise<Newest>;
  /** The returned function ends the subscription. */
  subscribe(listener: (of: 'step' | 'progress') => void): () => void;
}

interface Waiter {
  readonly enough: (view: Newest) => boolean;
  readonly wake: () => void;
}

export class Watch {
  private readonly waiters = new Set<Waiter>();
  private readonly unsubscribe: () => void;
  private followers = 0;
  private closed = false;
  private looking: Promise<Newest> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, by `performance.now()`. */
  private due = Infinity;
  private pause = FIRST_PAUSE / FACTOR;

  constructor(
    private view: Newest,
    private readonly ports: WatchPorts,
  ) {
    this.unsubscribe = ports.subscribe((of) => this.hinted(of === 'step' ? SOON : PROGRESS_PAUSE));
    // Something may have been stored between the caller's own look and the subscription.
    this.lookIn(0);
  }

  get newest(): Newest {
    return this.view;
  }

  /** @param view what the follower has seen, which may be newer than what was seen here */
  join(view: StatusView): {
    until(enough: Waiter['enough'], ms: number, left: AbortSignal): Promise<boolean>;
    /** @returns how many followers are left */
    leave(): number;
  } {
    this.followers++;
    if (this.view === undefined || isNewer(view.version, this.view.version)) this.saw(view);
    return {
      until: (enough, ms, left) => this.until(enough, ms, left),
      leave: () => --this.followers,
    };
  }

  look(): Promise<Newest> {
    this.looking ??= this.ports
      .read(this.view?.version)
      .then((view) => {
        if (!isSame(view, this.view)) this.saw(view);
        return this.view;
      })
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** Lets go of everybody, whatever was seen. */
  wake(): void {
    for (const { wake } of this.waiters) wake();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.unsubscribe();
  }

  private until(enough: Waiter['enough'], ms: number, left: AbortSignal): Promise<boolean> {
    if (enough(this.view)) return Promise.resolve(true);
    if (left.aborted || ms <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        left.removeEventListener('abort', wake);
        this.waiters.delete(waiter);
        resolve(enough(this.view));
      };
      const timer = setTimeout(wake, ms);
      const waiter = { enough, wake };
      left.addEventListener('abort', wake);
      this.waiters.add(waiter);
    });
  }

  private saw(view: Newest): void {
    this.view = view;
    for (const { enough, wake } of this.waiters) if (enough(view)) wake();
  }

  private hinted(soon: number): void {
    this.pause = Math.min(this.pause, soon);
    this.lookIn(soon);
  }

  /** Never later than what is planned already. */
  private lookIn(ms: number): void {
    const due = performance.now() + ms;
    if (this.closed || due >= this.due) return;
    clearTimeout(this.timer);
    this.due = due;
    this.timer = setTimeout(() => void this.tick(), ms);
  }

  private async tick(): Promise<void> {
    this.due = Infinity;
    await this.look().catch(() => undefined);
    this.pause = Math.min(this.pause * FACTOR, LONGEST_PAUSE);
    this.lookIn(this.pause);
  }
}

const isNewer = (a: Version, b: Version): boolean =>
  a.seq > b.seq || (a.seq === b.seq && a.progress > b.progress);

const isSame = (a: Newest, b: Newest): boolean =>
  a === undefined || b === undefined ? a === b : sameVersion(a.version, b.version);
