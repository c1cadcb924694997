/** Part `polls`: what status-api does for clients that may only poll. */
import { cpuFigures, round, rounded } from '../figures.mjs';
import { timesOf } from '../options.mjs';
import { StatusDeployment } from './status-deployment.mjs';

/** Steps of an instance that is polled. */
const STEPS = 3;
/** Instances that change in a second while they are held: one poller in five. */
const CHANGES = 1 / 5;

/** @typedef {import('../run.mjs').Row} Row */

/** @type {import('../run.mjs').Part} */
export async function measurePolls(options, reporter, running) {
  const deployment = running(new StatusDeployment(options.profile));
  await reporter.step('starting the processes', () => deployment.start());
  return new Polls(deployment, options, reporter).run();
}

class Polls {
  #deployment;
  #options;
  #reporter;
  #polling;
  #times;

  /**
   * @param {StatusDeployment} deployment
   * @param {import('../options.mjs').BenchOptions} options
   * @param {import('../../dev/console.mjs').Reporter} reporter
   */
  constructor(deployment, options, reporter) {
    this.#deployment = deployment;
    this.#options = options;
    this.#reporter = reporter;
    const { pollers, instances } = options;
    this.#times = timesOf(options);
    this.#polling = { api: deployment.api, pollers, instances };
  }

  async run() {
    const { instances } = this.#options;
    await this.#measure(`storing ${instances} instances`, { kind: 'fill', instances, steps: STEPS });
    const before = await this.#unit();
    const reads = [await this.#storm('reads', 'status'), await this.#storm('unchanged (304)', 'unchanged')];
    const held = [await this.#hold(), await this.#burst()];
    const after = await this.#unit();
    const live = (before.live + after.live) / 2;
    const gets = (before.gets + after.gets) / 2;
    return [
      ...reads.map((row) => ({
        ...row,
        live_per_s: round(live, 0),
        ratio_to_live: round(row.rate / live, 3),
        direct_gets_per_s: round(gets, 0),
        ratio_to_direct_gets: round(row.rate / gets, 3),
      })),
      ...held,
    ];
  }

  /** @param {string} what @param {import('../src/protocol').PollCommand} command */
  #measure(what, command) {
    return this.#reporter.step(what, () => this.#deployment.measure(command));
  }

  /** The cheapest answer of the same process to the same clients, and the read in it without the process. */
  async #unit() {
    const { pollers, instances } = this.#options;
    const live = await this.#measure('GET /health/live', {
      kind: 'storm',
      target: 'live',
      ...this.#times.half,
      ...this.#polling,
    });
    const gets = await this.#measure('direct gets', {
      kind: 'gets',
      ...this.#times.half,
      inFlight: pollers,
      instances,
    });
    return {
      live: live.load.completed / live.load.seconds,
      gets: gets.load.completed / gets.load.seconds,
    };
  }

  /** @param {string} what @param {'status' | 'unchanged'} target */
  async #storm(what, target) {
    const command = /** @type {const} */ ({ kind: 'storm', target, ...this.#polling });
    const full = await this.#measure(what, { ...command, ...this.#times.full });
    const rss = this.#deployment.rssMb();
    const rate = full.load.completed / full.load.seconds;
    const half = await this.#measure(`${what} at half load`, {
      ...command,
      ...this.#times.half,
      rate: rate / 2,
    });
    return {
      what,
      rate: round(rate, 0),
      p50_ms: round(full.load.p50, 2),
      p99_ms: round(full.load.p99, 2),
      half_load_p50_ms: round(half.load.p50, 2),
      half_load_p99_ms: round(half.load.p99, 2),
      ...cpuFigures(full.cpu, full.load.completed),
      rss_mb_by_process: rounded(rss, 0),
    };
  }

  async #hold() {
    const { pollers } = this.#options;
    const rate = Math.max(1, Math.round(pollers * CHANGES));
    const { load, cpu } = await this.#measure('long polls', {
      kind: 'hold',
      ...this.#times.full,
      rate,
      ...this.#polling,
    });
    return this.#told('long polls', load, cpu);
  }

  async #burst() {
    const { warmUp } = this.#options;
    const { load, cpu } = await this.#measure('long polls, all at once', {
      kind: 'burst',
      warmUp,
      ...this.#polling,
    });
    return this.#told('long polls, all at once', load, cpu);
  }

  /** @param {string} what @param {import('../src/protocol').Load} load @param {import('../processes.mjs').CpuSeconds} cpu */
  #told(what, load, cpu) {
    return {
      what,
      rate: round(load.completed / load.seconds, 0),
      p50_ms: round(load.p50, 2),
      p99_ms: round(load.p99, 2),
      ...cpuFigures(cpu, load.completed),
      rss_mb_by_process: rounded(this.#deployment.rssMb(), 0),
    };
  }
}
