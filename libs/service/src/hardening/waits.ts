import { Problem } from '../problem';

export interface WaitLimits {
  /** Most at once; 0 is no limit. */
  readonly all: number;
  /** Most at once of one client; 0 is no limit. */
  readonly each: number;
}

/** Seconds after which a client that was not let in may try again. */
const RETRY_AFTER = 5;

/** Counts clients that are kept waiting for their answer: each holds a connection, and some memory, for as long. */
export class Waits {
  private readonly counts = new Map<string, number>();
  private total = 0;

  constructor(private readonly limits: WaitLimits) {}

  /**
   * Lets a client wait until it calls what is returned, once.
   *
   * @param client whom it is counted to
   * @throws Problem 429 when this client waits often enough already, 503 when all together do
   */
  enter(client: string): () => void {
    const { all, each } = this.limits;
    const own = this.counts.get(client) ?? 0;
    if (each > 0 && own >= each) throw full(429, 'Too many requests of this address are waiting.');
    if (all > 0 && this.total >= all) throw full(503, 'Too many requests are waiting.');
    this.counts.set(client, own + 1);
    this.total++;
    return () => this.leave(client);
  }

  private leave(client: string): void {
    this.total--;
    const left = (this.counts.get(client) ?? 0) - 1;
    if (left > 0) this.counts.set(client, left);
    else this.counts.delete(client);
  }
}

const full = (status: number, why: string) =>
  new Problem(status, `${why} Ask without waiting, or try again in ${RETRY_AFTER} s.`, {
    headers: { 'retry-after': String(RETRY_AFTER) },
  });
