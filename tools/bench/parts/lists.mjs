/** Part `lists`: how fast the projection is built from nothing, and its lists are read. */
import { setTimeout as pause } from 'node:timers/promises';
import { answersHttp } from '../../dev/answers.mjs';
import { cpuFigures, round, rounded } from '../figures.mjs';
import { difference } from '../processes.mjs';
import { StatusDeployment } from './status-deployment.mjs';

/** How long the lists may take, in milliseconds. */
const PATIENCE = 600_000;
const POLL_MS = 10;
const LIST = '/runtime/webhooks/durabletask/instances';
const FILTER = 'runtimeStatus=Running';
/** As many as a page may have; without it they are a hundred. */
const LONGEST_PAGE = 1000;

/** @type {import('../run.mjs').Part} */
export async function measureLists(options, reporter, running) {
  const deployment = running(new StatusDeployment(options.profile));
  await reporter.step('starting the processes', () => deployment.start());
  return new Lists(deployment, options, reporter).run();
}

class Lists {
  #deployment;
  #options;
  #reporter;

  /**
   * @param {StatusDeployment} deployment
   * @param {import('../options.mjs').BenchOptions} options
   * @param {import('../../dev/console.mjs').Reporter} reporter
   */
  constructor(deployment, options, reporter) {
    this.#deployment = deployment;
    this.#options = options;
    this.#reporter = reporter;
  }

  async run() {
    const { listed, steps } = this.#options;
    await this.#deployment.stopStatusApi();
    await this.#measure(`storing ${listed} instances of ${steps} steps`, {
      kind: 'fill',
      instances: listed,
      steps,
    });
    const raw = await this.#measure('the same steps, only consumed', { kind: 'drain', instances: listed });
    const rebuilt = await this.#rebuilt(raw.load.completed / raw.load.seconds);
    return [
      rebuilt,
      await this.#pages('pages', FILTER),
      await this.#pages('without inputs', `${FILTER}&showInput=false`),
      await this.#pages('longest, without inputs', `${FILTER}&showInput=false&top=${LONGEST_PAGE}`),
    ];
  }

  /** @param {string} what @param {import('../src/protocol').PollCommand} command */
  #measure(what, command) {
    return this.#reporter.step(what, () => this.#deployment.measure(command));
  }

  /** @param {number} raw steps that the plain client consumes per second */
  async #rebuilt(raw) {
    const { listed, steps } = this.#options;
    const begun = performance.now();
    const since = () => (performance.now() - begun) / 1000;
    return this.#reporter.step('the projection from nothing', async () => {
      await this.#deployment.startStatusApiFromNothing();
      await this.#untilListening();
      const boot = since();
      const before = this.#deployment.cpuSeconds();
      await this.#untilCurrent();
      const seconds = since() - boot;
      const { pollers: _, ...cpu } = difference(before, this.#deployment.cpuSeconds());
      const rate = listed / seconds;
      return {
        what: 'rebuild',
        rate: round(rate, 0),
        steps_per_s: round(rate * steps, 0),
        boot_s: round(boot, 2),
        behind_s: round(seconds, 2),
        ...cpuFigures(cpu, listed),
        rss_mb_by_process: rounded(this.#deployment.rssMb(), 0),
        raw_per_s: round(raw, 0),
        ratio_to_raw: round(rate / raw, 3),
      };
    });
  }

  /** The management API comes last. */
  async #untilListening() {
    const { managementUrl } = this.#deployment.api;
    while (!(await answersHttp(`${managementUrl}/health/live`))) await pause(POLL_MS);
  }

  /** Until a list says that it knows of everything. It waits a while for that before it answers. */
  async #untilCurrent() {
    const { managementUrl, systemKey } = this.#deployment.api;
    const deadline = performance.now() + PATIENCE;
    while (performance.now() < deadline) {
      const answer = await fetch(`${managementUrl}${LIST}?top=1&showInput=false`, {
        headers: { 'x-functions-key': systemKey },
      });
      await answer.arrayBuffer();
      if (answer.headers.get('x-list-behind') === '0') return;
    }
    throw new Error('The lists are not up to date in time');
  }

  /** @param {string} what @param {string} query */
  async #pages(what, query) {
    const { api } = this.#deployment;
    const { load, cpu } = await this.#measure(what, { kind: 'pages', api, query });
    return {
      what,
      rate: round(load.completed / load.seconds, 1),
      listed_per_s: round((load.listed ?? 0) / load.seconds, 0),
      p50_ms: round(load.p50, 2),
      p99_ms: round(load.p99, 2),
      ...cpuFigures(cpu, load.completed),
      rss_mb_by_process: rounded(this.#deployment.rssMb(), 0),
    };
  }
}
