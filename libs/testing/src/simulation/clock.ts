import type { Clock } from '@countersign/workflow';

interface Timer {
  readonly at: number;
  /** Creation order; decides between timers of one instant. */
  readonly order: number;
  readonly background: boolean;
  callback: (() => void) | undefined;
}

/** Wall time at the start of every simulation. */
const EPOCH = Date.UTC(2026, 0, 1);

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/**
 * Time that passes only when it is told to. Timers are in a binary heap. (Code under test gets the
 * clock of its `ModelClient`, whose timers are actions of the scheduler.)
 *
 * A background timer does not keep a simulation going: that a message of a day's TTL is still
 * there is no reason to simulate a day.
 */
export class VirtualClock implements Clock {
  private time = 0;
  private created = 0;
  private foreground = 0;
  private readonly heap: Timer[] = [];

  now(): number {
    return this.time;
  }

  wall(): number {
    return EPOCH + Math.floor(this.time);
  }

  after(ms: number, callback: () => void, background = false): () => void {
    const timer: Timer = { at: this.time + Math.max(0, ms), order: this.created++, background, callback };
    if (!background) this.foreground++;
    this.push(timer);
    return () => this.forget(timer);
  }

  /** Whether a timer is left that is worth waiting for. */
  get waited(): boolean {
    return this.foreground > 0;
  }

  /** When the next timer is due; `Infinity` when there is none. */
  get nextDue(): number {
    while (this.heap[0] !== undefined && this.heap[0].callback === undefined) this.pop();
    return this.heap[0]?.at ?? Infinity;
  }

  /** Never steps back. Calls nothing: `takeDue` does. */
  advanceTo(time: number): void {
    if (time > this.time) this.time = time;
  }

  /** Removes the next timer that is due by now. */
  takeDue(): (() => void) | undefined {
    if (this.nextDue > this.time) return undefined;
    const timer = this.pop();
    const callback = timer?.callback;
    if (timer !== undefined) this.forget(timer);
    return callback;
  }

  private forget(timer: Timer): void {
    if (timer.callback === undefined) return;
    timer.callback = undefined;
    if (!timer.background) this.foreground--;
  }

  private push(timer: Timer): void {
    const { heap } = this;
    let i = heap.length;
    heap.push(timer);
    for (let parent = (i - 1) >> 1; i > 0; parent = (i - 1) >> 1) {
      const above = heap[parent] as Timer;
      if (!before(timer, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = timer;
  }

  private pop(): Timer | undefined {
    const { heap } = this;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && before(right, heap[child] as Timer)) child++;
      const smaller = heap[child] as Timer;
      if (!before(smaller, last)) break;
      heap[i] = smaller;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
