/** What is measured, in which order. */
import { cpus, release, totalmem } from 'node:os';
import { obtainNatsServer } from '../nats-server.mjs';
import { buildBench } from './build.mjs';
import { Deployment } from './deployment.mjs';
import { round } from './figures.mjs';
import { PARTS } from './options.mjs';
import { measureApprovals } from './parts/approvals.mjs';
import { measureLists } from './parts/lists.mjs';
import { measurePolls } from './parts/polls.mjs';
import { measureQuery } from './parts/query.mjs';
import { Workloads } from './workloads.mjs';

/** @typedef {import('./options.mjs').BenchOptions} BenchOptions */
/** @typedef {import('../dev/console.mjs').Reporter} Reporter */
/** @typedef {import('./options.mjs').PartName} PartName */

/**
 * One row of a part's figures: names and values, as they are shown; figures by process are one level deeper.
 * @typedef {{ readonly what: string } & Record<string, string | number | Record<string, number>>} Row
 */

/**
 * Measures a part. Whatever it starts is handed to `running`, and stopped when it is done.
 * @typedef {(options: BenchOptions, reporter: Reporter, running: Running) => Promise<Row[]>} Part
 */

/** @typedef {{ stop(): Promise<void> }} Stoppable */
/** @typedef {<S extends Stoppable>(processes: S) => S} Running hands over what is to be stopped, on Ctrl-C too */

/**
 * @typedef {{ date: string, machine: Record<string, string | number>, results: import('./workloads.mjs').Result[] }
 *   & Partial<Record<PartName, Row[]>>} Report
 */

/** @type {Record<PartName, Part>} */
const MEASURES = {
  polls: measurePolls,
  lists: measureLists,
  query: measureQuery,
  approvals: measureApprovals,
};

/** @param {Reporter} reporter */
export async function prepareBench(reporter) {
  await obtainNatsServer(reporter);
  await buildBench(reporter);
}

/**
 * @param {BenchOptions} options
 * @param {Reporter} reporter
 * @param {AbortSignal} signal
 * @returns {Promise<Report>}
 */
export async function runBench(options, reporter, signal) {
  /** @type {Report} */
  const report = { date: new Date().toISOString(), machine: machine(), results: [] };
  const durabilities = options.workloads.length > 0 ? options.durabilities : [];
  for (const durability of durabilities)
    await withProcesses(signal, async (running) => {
      const deployment = running(new Deployment(durability, options.profile));
      await reporter.step(`starting the processes (durability ${durability})`, () => deployment.start());
      report.results.push(...(await new Workloads(deployment, durability, options, reporter).run()));
    });
  for (const part of options.parts)
    await withProcesses(signal, async (running) => {
      reporter.say(PARTS[part]);
      report[part] = await MEASURES[part](options, reporter, running);
    });
  return report;
}

/**
 * Stops what the work has started when it is done, when it fails, and when the signal comes.
 * @param {AbortSignal} signal @param {(running: Running) => Promise<void>} work
 */
async function withProcesses(signal, work) {
  /** @type {Stoppable[]} */
  const started = [];
  const stop = () => Promise.all(started.map((processes) => processes.stop()));
  const onAbort = () => void stop();
  if (signal.aborted) throw new Error('The benchmark was stopped.');
  signal.addEventListener('abort', onAbort);
  try {
    await work((processes) => {
      started.push(processes);
      return processes;
    });
  } catch (cause) {
    throw signal.aborted ? new Error('The benchmark was stopped.', { cause }) : cause;
  } finally {
    signal.removeEventListener('abort', onAbort);
    await stop();
  }
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory_gb: round(totalmem() / 2 ** 30, 0),
  system: `${process.platform} ${release()}`,
});
