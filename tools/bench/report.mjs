/** The figures, for people. */
import { bold } from '../dev/console.mjs';

/** @type {readonly [string, (result: import('./run.mjs').Result) => string | number | undefined][]} */
const COLUMNS = [
  ['workload', (result) => result.workload],
  ['durability', (result) => result.durability],
  ['per s', (result) => result.rate],
  ['ratio', (result) => result.ratio_to_raw],
  ['p50 ms', (result) => result.p50_ms],
  ['p99 ms', (result) => result.p99_ms],
  ['half p50', (result) => result.half_load_p50_ms],
  ['half p99', (result) => result.half_load_p99_ms],
  ['CPU s/1000', (result) => result.cpu_s_per_1000],
  ['server', (result) => result.cpu_s_per_1000_by_process['nats-server']],
  ['coordinator', (result) => result.cpu_s_per_1000_by_process.coordinator],
  ['worker', (result) => result.cpu_s_per_1000_by_process.worker],
  ['client', (result) => result.cpu_s_per_1000_by_process.client],
  ['RSS MB', (result) => result.rss_mb],
  ['MB/10,000', (result) => result.mb_per_10000_waiting],
  ['recovery s', (result) => result.recovery_s],
  ['raw/s', (result) => result.raw_round_trips_per_s],
  ['raw CPU s/1000', (result) => result.raw_cpu_s_per_1000],
];

/** @param {import('./run.mjs').Report} report @returns {string} */
export function tableOf({ machine, results }) {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...results.map((result) => COLUMNS.map(([, of]) => String(of(result) ?? ''))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((text, column) => text.padStart(widths[column] ?? 0)).join('  '));
  const [title = '', ...rest] = lines;
  return `\n${[bold(title), ...rest].join('\n')}\n\n${Object.values(machine).join(', ')}`;
}
