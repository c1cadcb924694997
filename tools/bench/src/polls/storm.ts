import { statusUri } from '@countersign/contracts';
import type { Load, PollCommand, Polling } from '../protocol';
import { measured, pause, Window } from '../window';
import { type Answer, type Poller, pollersOf } from './poller';
import { idOf, kindOf } from './population';

type Storm = Extract<PollCommand, { kind: 'storm' }>;

/** Arrivals at a rate come in groups, this many milliseconds apart. */
const BEAT = 5;

export const statusPath = (n: number): string => statusUri('', idOf(n));
export const etagIn = ({ headers }: Answer): string => String(headers['etag']);

/** The pollers' requests, each answered as it must be. */
class Asking {
  readonly #etags: readonly string[];

  constructor(
    private readonly storm: Storm,
    etags: readonly string[],
  ) {
    this.#etags = etags;
  }

  /** @throws Error for any other answer than the right one: what is quick and wrong does not count */
  async ask(poller: Poller): Promise<void> {
    const { target, instances } = this.storm;
    if (target === 'live') return expectStatus(await poller.get('/health/live'), 200);
    const n = Math.floor(Math.random() * instances);
    if (target === 'unchanged')
      return expectStatus(await poller.get(statusPath(n), { 'if-none-match': this.#etags[n] ?? '' }), 304);
    expectStatus(await poller.get(statusPath(n)), kindOf(n) === 'ended' ? 200 : 202);
  }
}

function expectStatus({ status, body }: Answer, wanted: number): void {
  if (status !== wanted) throw new Error(`A poller was answered ${status} instead of ${wanted}: ${body}`);
}

export async function storm(command: Storm): Promise<Load> {
  const { api, pollers: count, target, rate } = command;
  const pollers = pollersOf(api.url, count);
  const etags = target === 'unchanged' ? await readAll(command) : [];
  const asking = new Asking(command, etags);
  const window = new Window();
  const load = rate === undefined ? closed(pollers, asking, window) : open(pollers, asking, window, rate);
  await Promise.race([measured(window, command), load.failed]);
  await load.stop();
  return window.load();
}

/** Reads every instance once; gives their entity tags. */
export async function readAll({ api, pollers: count, instances }: Polling): Promise<string[]> {
  const etags: string[] = [];
  let next = 0;
  const read = async (poller: Poller) => {
    while (next < instances) {
      const n = next++;
      etags[n] = etagIn(await poller.get(statusPath(n)));
    }
  };
  await Promise.all(pollersOf(api.url, count).map(read));
  return etags;
}

interface Running {
  /** Rejects when a poller is answered wrongly. */
  readonly failed: Promise<never>;
  /** Resolves when nothing is on its way. */
  stop(): Promise<void>;
}

function closed(pollers: readonly Poller[], asking: Asking, window: Window): Running {
  let stopped = false;
  const poll = async (poller: Poller) => {
    while (!stopped) {
      const started = performance.now();
      await asking.ask(poller);
      window.completed(started);
    }
  };
  const all = Promise.all(pollers.map(poll));
  return {
    failed: all.then(() => new Promise<never>(() => undefined)),
    stop: async () => {
      stopped = true;
      await all;
    },
  };
}

/** Each request is counted from when it was due, so that one that waits for a poller shows. */
function open(pollers: readonly Poller[], asking: Asking, window: Window, rate: number): Running {
  const idle = [...pollers];
  const due: number[] = [];
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const ask = async (poller: Poller, started: number) => {
    await asking.ask(poller);
    window.completed(started);
    idle.push(poller);
  };
  const begun = performance.now();
  let sent = 0;
  const beat = setInterval(() => {
    const now = performance.now();
    for (; sent < ((now - begun) / 1000) * rate; sent++) due.push(now);
    while (idle.length > 0 && due.length > 0) ask(idle.shift()!, due.shift()!).catch(fail);
  }, BEAT);
  return {
    failed,
    stop: async () => {
      clearInterval(beat);
      while (idle.length < pollers.length) await Promise.race([pause(10), failed]);
    },
  };
}
