/** The workloads: how fast workflows run, and what they cost. */
import { setTimeout as pause } from 'node:timers/promises';
import { cpuFigures, perThousand, round, rounded, sum } from './figures.mjs';
import { timesOf } from './options.mjs';

const WAITING = 20_000;
const SYNCED_IN_FLIGHT = 50;
/** Memory is read when the server has dropped its caches (after ten idle seconds) and Node has collected its garbage. */
const REST_MS = 20_000;

/**
 * @typedef {object} Result figures of one workload at one level of durability; rates per second
 * @property {import('./options.mjs').WorkloadName} workload
 * @property {import('./options.mjs').Durability} durability
 * @property {number} rate workflows at saturation (W4: starts)
 * @property {number} [p50_ms] start to complete, one at a time
 * @property {number} [p99_ms]
 * @property {number} [half_load_p50_ms] at half of `rate`
 * @property {number} [half_load_p99_ms]
 * @property {number} cpu_s_per_1000 CPU seconds of all processes per 1,000 workflows at saturation
 * @property {Record<string, number>} cpu_s_per_1000_by_process
 * @property {number} rss_mb all processes, after the load
 * @property {number} raw_round_trips_per_s mean of before and after the workload
 * @property {number} raw_cpu_s_per_1000
 * @property {number} ratio_to_raw
 * @property {number} [mb_per_10000_waiting]
 * @property {Record<string, number>} [mb_per_10000_waiting_by_process]
 * @property {number} [recovery_s] from the coordinator's kill -9 to the next event and start that it handled
 */

/** @typedef {import('./deployment.mjs').Deployment} Deployment */

export class Workloads {
  #deployment;
  #durability;
  #options;
  #times;
  #reporter;

  /**
   * @param {Deployment} deployment
   * @param {import('./options.mjs').Durability} durability
   * @param {import('./options.mjs').BenchOptions} options
   * @param {import('../dev/console.mjs').Reporter} reporter
   */
  constructor(deployment, durability, options, reporter) {
    this.#deployment = deployment;
    this.#durability = durability;
    // An fsync per write: with more on their way, none would end within the measured time.
    const inFlight =
      durability === 'synced' ? Math.min(options.inFlight, SYNCED_IN_FLIGHT) : options.inFlight;
    this.#options = { ...options, inFlight };
    this.#times = timesOf(options);
    this.#reporter = reporter;
  }

  async run() {
    /** @type {Result[]} */
    const results = [];
    let before = await this.#raw();
    for (const workload of this.#options.workloads) {
      const measured = await (workload === 'W4' ? this.#waiting() : this.#workload(workload));
      const after = await this.#raw();
      const raw = { rate: (before.rate + after.rate) / 2, cpu: (before.cpu + after.cpu) / 2 };
      results.push({
        workload,
        durability: this.#durability,
        ...measured,
        raw_round_trips_per_s: round(raw.rate, 0),
        raw_cpu_s_per_1000: round(raw.cpu, 4),
        ratio_to_raw: round(measured.rate / raw.rate, 4),
      });
      before = after;
    }
    return results;
  }

  /** @param {string} what @param {import('./processes.mjs').Command} command */
  #measure(what, command) {
    return this.#reporter.step(what, () => this.#deployment.measure(command));
  }

  async #raw() {
    const { inFlight } = this.#options;
    const { load, cpu } = await this.#measure('raw round trips', {
      kind: 'raw',
      ...this.#times.half,
      inFlight,
    });
    return { rate: load.completed / load.seconds, cpu: sum(perThousand(cpu, load.completed)) };
  }

  /** @param {'W1' | 'W2' | 'W3'} workload */
  async #workload(workload) {
    const { inFlight } = this.#options;
    const full = await this.#measure(`${workload} at saturation`, {
      kind: 'closed',
      workload,
      ...this.#times.full,
      inFlight,
    });
    const rss = this.#deployment.rssMb();
    const rate = full.load.completed / full.load.seconds;
    const one = await this.#measure(`${workload} one at a time`, {
      kind: 'closed',
      workload,
      ...this.#times.half,
      inFlight: 1,
    });
    const half = await this.#measure(`${workload} at half load`, {
      kind: 'open',
      workload,
      ...this.#times.half,
      rate: rate / 2,
    });
    return {
      rate: round(rate, 0),
      p50_ms: round(one.load.p50, 2),
      p99_ms: round(one.load.p99, 2),
      half_load_p50_ms: round(half.load.p50, 2),
      half_load_p99_ms: round(half.load.p99, 2),
      ...cpuFigures(full.cpu, full.load.completed),
      rss_mb: round(sum(rss), 0),
    };
  }

  async #rest() {
    await pause(REST_MS);
    await this.#deployment.collectGarbage();
  }

  async #waiting() {
    const { inFlight } = this.#options;
    const deployment = this.#deployment;
    await this.#measure('W4 warm-up', { kind: 'park', count: WAITING, inFlight });
    await this.#rest();
    const before = deployment.rssMb();
    const park = await this.#measure(`W4 ${WAITING} starts`, { kind: 'park', count: WAITING, inFlight });
    await this.#rest();
    const rss = deployment.rssMb();
    const grown = Object.fromEntries(
      Object.entries(rss).map(([name, mb]) => [name, ((mb - (before[name] ?? NaN)) / WAITING) * 10_000]),
    );
    const killed = Date.now();
    await this.#reporter.step('W4 the coordinator is killed and starts again', async () => {
      await Promise.all([deployment.crashCoordinator(), deployment.measure({ kind: 'recover' })]);
    });
    return {
      rate: round(WAITING / park.load.seconds, 0),
      ...cpuFigures(park.cpu, WAITING),
      rss_mb: round(sum(rss), 0),
      mb_per_10000_waiting: round(sum(grown), 1),
      mb_per_10000_waiting_by_process: rounded(grown, 1),
      recovery_s: round((Date.now() - killed) / 1000, 2),
    };
  }
}
