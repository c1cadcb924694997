/**
 * Part `query`: the audit query over many rows, as it is deployed: how much faster its days are read
 * side by side than in one sequence, what its worker needs, and what a kill -9 makes read again.
 *
 * Azurite answers one request after the other and has no way between, so side by side gains little there.
 * The same is measured with a way to the table service that takes as long as one in a data centre.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { countAudited } from '../../dev/audit-rows.mjs';
import { prepare } from '../../dev/stack.mjs';
import { round } from '../figures.mjs';
import { QueryDeployment } from './query-deployment.mjs';

const QUARTER = { start: '2021-10-01', end: '2021-12-31' };
/** A tenth of its days. */
const NINE_DAYS = { start: '2021-11-01', end: '2021-11-09' };
const ONE_DAY = { start: '2021-10-01', end: '2021-10-01' };
/** Distinct values: nearly as many in a tenth of the rows as in all. */
const PEOPLE = 5_000;
const WAY_MS = 20;
/** So that also a short query takes longer than a checkpoint. */
const LONG_WAY_MS = 200;
/** The worker is killed when so much of the rows is read. */
const KILLED_AT = 0.5;
const POLL_MS = 50;
const PATIENCE_MS = 3_600_000;
/** How long a poll is held, in seconds. */
const HELD = 60;

/** @typedef {typeof QUARTER} Days */
/** @typedef {{ status: string, result: unknown, progress?: { rows: number } }} Status */

/** @type {import('../run.mjs').Part} */
export async function measureQuery({ rows, takeOver }, reporter, running) {
  await prepare(reporter);
  const deployment = running(new QueryDeployment());
  await reporter.step('starting the services', () => deployment.start());
  return new Query(deployment, { ...QUARTER, rows, people: Math.min(PEOPLE, rows) }, reporter).run(takeOver);
}

class Query {
  #deployment;
  #sample;
  #reporter;

  /**
   * @param {QueryDeployment} deployment
   * @param {import('../../dev/audit-rows.mjs').AuditSample} sample
   * @param {import('../../dev/console.mjs').Reporter} reporter
   */
  constructor(deployment, sample, reporter) {
    this.#deployment = deployment;
    this.#sample = sample;
    this.#reporter = reporter;
  }

  /** @param {number} [takeOver] see `--take-over` */
  async run(takeOver) {
    const { rows } = this.#sample;
    const begun = performance.now();
    await this.#reporter.step(`writing ${rows} rows`, () => this.#deployment.seed(this.#sample));
    const written = secondsSince(begun);
    const one = await this.#measure('in one sequence', { parallel: 1 });
    const many = await this.#measure('side by side', {});
    const tenth = await this.#measure('side by side, a tenth of the days', {}, NINE_DAYS);
    const far = { longWay: true };
    const way = `${WAY_MS} ms away`;
    const farOne = await this.#measure(`in one sequence, ${way}`, { ...far, parallel: 1 });
    const farMany = await this.#measure(`side by side, ${way}`, far);
    return [
      { what: 'written', seconds: round(written, 2), rows, rate: round(rows / written, 0) },
      one,
      { ...many, ratio_to_sequence: round(one.seconds / many.seconds, 2) },
      tenth,
      farOne,
      { ...farMany, ratio_to_sequence: round(farOne.seconds / farMany.seconds, 2) },
      await this.#killed(takeOver),
    ];
  }

  /** @param {string} what @param {{ parallel?: number, longWay?: boolean }} how @param {Days} [days] */
  #measure(what, how, days = QUARTER) {
    return this.#reporter.step(what, async () => {
      this.#deployment.way.delay = WAY_MS;
      await this.#deployment.startWorker(how);
      // The first requests of a process are slow, whatever they ask for.
      await this.#ended(await this.#submit(ONE_DAY), ONE_DAY);
      const peak = this.#deployment.watchMemory();
      const begun = performance.now();
      await this.#ended(await this.#submit(days), days);
      const seconds = secondsSince(begun);
      const { rows } = this.#counted(days);
      const rate = round(rows / seconds, 0);
      return { what, seconds: round(seconds, 2), rows, rate, worker_peak_mb: round(peak(), 0) };
    });
  }

  /** What both workers have read, less what there is, was read twice. @param {number} [takeOver] */
  #killed(takeOver) {
    const what = 'the worker is killed half way';
    return this.#reporter.step(what, async () => {
      const { way } = this.#deployment;
      way.delay = LONG_WAY_MS;
      await this.#deployment.startWorker({ longWay: true });
      const { rows } = this.#counted(QUARTER);
      way.rows = 0;
      const uri = await this.#submit(QUARTER);
      await until(() => way.rows >= rows * KILLED_AT);
      await this.#deployment.killWorker();
      const killed = performance.now();
      const before = way.rows;
      await this.#deployment.restartWorker(takeOver);
      await until(() => way.rows > before);
      const goesOn = secondsSince(killed);
      await this.#ended(uri, QUARTER);
      const again = way.rows - rows;
      return {
        what,
        seconds: round(secondsSince(killed), 2),
        rows,
        read_before: before,
        read_again: again,
        share_read_again: round(again / before, 3),
        until_it_goes_on_s: round(goesOn, 2),
      };
    });
  }

  /** @param {Days} days */
  #counted({ start, end }) {
    return countAudited(this.#sample, start, end);
  }

  /** @param {Days} days @returns {Promise<string>} where its status is */
  async #submit(days) {
    const answer = await fetch(`${this.#deployment.url}/api/orchestrators/QueryAudit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(days),
    });
    const { statusUri } = /** @type {{ statusUri: string }} */ (await answer.json());
    if (answer.status !== 202) throw new Error(`The query was answered ${answer.status}`);
    return statusUri;
  }

  /** @param {string} uri @param {Days} days */
  async #ended(uri, days) {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await fetch(`${uri}?wait=${HELD}`);
      const { status, result } = /** @type {Status} */ (await answer.json());
      if (answer.status === 202 && performance.now() < deadline) continue;
      const { distinct } = this.#counted(days);
      if (status === 'Completed' && result === distinct) return;
      throw new Error(`The query ended ${status} with ${JSON.stringify(result)}, not ${distinct}`);
    }
  }
}

/** @param {number} begun */
const secondsSince = (begun) => (performance.now() - begun) / 1000;

/** @param {() => boolean} condition */
async function until(condition) {
  for (const deadline = performance.now() + PATIENCE_MS; !condition(); await pause(POLL_MS))
    if (performance.now() > deadline) throw new Error('The query does not go on');
}
