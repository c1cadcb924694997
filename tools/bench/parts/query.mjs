/**
 * Part `query`: the audit query over many rows, as it is deployed: how much faster its days are read
 * side by side than one after the other, what its worker needs, and what a kill -9 makes read again.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { countAudited, seedAudit } from '../../dev/audit-rows.mjs';
import { storageOf } from '../../dev/settings.mjs';
import { prepare, startStack } from '../../dev/stack.mjs';
import { round } from '../figures.mjs';

const WORKER = 'query-worker';
const SERVICES = /** @type {const} */ (['saga-coordinator', 'ingestion', 'status-api', WORKER]);
/** Azurite looks at every row for each page of each day: few days, so that there are many rows. */
const ALL = { start: '2021-01-01', end: '2021-01-20' };
const HALF = { start: '2021-01-01', end: '2021-01-10' };
/** Distinct values: the same ones, however many rows there are. */
const PEOPLE = 20_000;
/** The worker is killed when so much of the rows is read. */
const KILLED_AT = 0.5;
const SAMPLE_MS = 100;
const PATIENCE = 1_800_000;
const PAGE_KB = 4;

/** @typedef {import('../../dev/stack.mjs').Stack} Stack */
/** @typedef {typeof ALL} Days */
/** @typedef {{ status: string, result: unknown, progress?: { rows: number } }} Status */

/** @type {import('../run.mjs').Part} */
export async function measureQuery({ rows }, reporter, running) {
  await prepare(reporter);
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-bench-query-'));
  const remove = async () => rmSync(dataDir, { recursive: true, force: true });
  const sample = { ...ALL, rows, people: Math.min(PEOPLE, rows) };
  const start = (/** @type {Record<string, string>} */ env) =>
    reporter.step('starting the services', async () =>
      running(await startStack({ dataDir, services: SERVICES, env })),
    );
  running({ stop: remove });

  const stack = await start({});
  const seeded = await reporter.step(`writing ${rows} rows`, () => seed(stack, sample));
  const query = new Query(stack, sample);
  const beside = await reporter.step('its days side by side', () => query.measure(ALL));
  const half = await reporter.step('half of the days', () => query.measure(HALF));
  const killed = await reporter.step('its worker is killed', () => query.killed(ALL));
  await stack.stop();
  const slow = await start({ PARALLEL_READS: '1' });
  const sequence = await reporter.step('its days in one sequence', () =>
    new Query(slow, sample).measure(ALL),
  );
  await slow.stop();
  await remove();
  return [
    { what: 'side by side', ...beside, ratio_to_sequence: round(sequence.seconds / beside.seconds, 2) },
    { what: 'in one sequence', ...sequence },
    { what: 'half of the days', ...half },
    { what: 'killed half way', ...killed },
    { what: 'writing them', seconds: round(seeded, 1), rows, rate: round(rows / seeded, 0) },
  ];
}

/** @param {Stack} stack @param {import('../../dev/audit-rows.mjs').AuditSample} sample @returns {Promise<number>} seconds */
async function seed(stack, sample) {
  const begun = performance.now();
  const ports = /** @type {import('../../dev/settings.mjs').Ports} */ (
    Object.fromEntries(Object.entries(stack.urls).map(([name, url]) => [name, Number(new URL(url).port)]))
  );
  await seedAudit(storageOf(ports, {}).TABLES_CONNECTION_STRING, sample);
  return (performance.now() - begun) / 1000;
}

class Query {
  #stack;
  #sample;

  /** @param {Stack} stack @param {import('../../dev/audit-rows.mjs').AuditSample} sample */
  constructor(stack, sample) {
    this.#stack = stack;
    this.#sample = sample;
  }

  /** @param {Days} days */
  async measure(days) {
    const memory = this.#watchMemory();
    const begun = performance.now();
    await this.#ended(await this.#submit(days), days);
    const seconds = (performance.now() - begun) / 1000;
    const { rows } = countAudited(this.#sample, days.start, days.end);
    return {
      seconds: round(seconds, 2),
      rows,
      rate: round(rows / seconds, 0),
      worker_peak_mb: memory.stop(),
    };
  }

  /**
   * What its successor reads again: the difference between what was read last and what it begins with.
   * @param {Days} days
   */
  async killed(days) {
    const { rows } = countAudited(this.#sample, days.start, days.end);
    const uri = await this.#submit(days);
    const before = await this.#until(uri, ({ progress }) => (progress?.rows ?? 0) >= rows * KILLED_AT);
    await this.#stack.kill(WORKER);
    const killed = performance.now();
    const last = (await this.#read(uri)).progress?.rows ?? before.progress?.rows ?? 0;
    await this.#stack.restart(WORKER);
    const first = await this.#until(
      uri,
      ({ status, progress }) => status !== 'Running' || progress?.rows !== last,
    );
    const waited = (performance.now() - killed) / 1000;
    await this.#ended(uri, days);
    const again = Math.max(0, last - (first.progress?.rows ?? last));
    return {
      seconds: round((performance.now() - killed) / 1000, 2),
      rows,
      read_before: last,
      read_again: again,
      share_read_again: round(again / last, 3),
      until_it_goes_on_s: round(waited, 2),
    };
  }

  /** @param {Days} days @returns {Promise<string>} where its status is */
  async #submit({ start, end }) {
    const answer = await fetch(`${this.#stack.url}/api/submit/query?s=${start}&e=${end}`);
    const { statusUri } = /** @type {{ statusUri: string }} */ (await answer.json());
    if (answer.status !== 202) throw new Error(`The query was answered ${answer.status}`);
    return statusUri;
  }

  /** @param {string} uri @param {Days} days */
  async #ended(uri, { start, end }) {
    const { status, result } = await this.#until(
      uri,
      (seen) => seen.status !== 'Running' && seen.status !== 'Pending',
      60,
    );
    const { distinct } = countAudited(this.#sample, start, end);
    if (status !== 'Completed' || result !== distinct)
      throw new Error(`The query ended ${status} with ${JSON.stringify(result)}, not ${distinct}`);
  }

  /** @param {string} uri @param {(seen: Status) => boolean} enough @param {number} [wait] seconds that a poll is held */
  async #until(uri, enough, wait = 0) {
    const deadline = performance.now() + PATIENCE;
    while (performance.now() < deadline) {
      const seen = await this.#read(uri, wait);
      if (enough(seen)) return seen;
      if (wait === 0) await pause(SAMPLE_MS);
    }
    throw new Error('The query takes too long');
  }

  /** @param {string} uri @param {number} [wait] @returns {Promise<Status>} */
  async #read(uri, wait = 0) {
    const answer = await fetch(wait > 0 ? `${uri}?wait=${wait}` : uri);
    return /** @type {Promise<Status>} */ (answer.json());
  }

  /** Resident memory of the worker, as often as that is cheap. */
  #watchMemory() {
    let peak = 0;
    const look = () => {
      const pid = this.#stack.pids[WORKER];
      if (pid !== undefined) peak = Math.max(peak, residentMb(pid));
    };
    const timer = setInterval(look, SAMPLE_MS);
    return {
      stop: () => {
        clearInterval(timer);
        return round(peak, 0);
      },
    };
  }
}

/** @param {number} pid */
const residentMb = (pid) =>
  (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_KB) / 1024;
