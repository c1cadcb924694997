/** The figures, for people. */
import { bold } from '../dev/console.mjs';
import { PARTS } from './options.mjs';

/** @type {readonly [string, (result: import('./workloads.mjs').Result) => string | number | undefined][]} */
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
export function tableOf({ machine, results, ...parts }) {
  const workloads = [
    COLUMNS.map(([title]) => title),
    ...results.map((result) => COLUMNS.map(([, of]) => of(result))),
  ];
  const tables = [
    ...(results.length > 0 ? [tableFrom(workloads)] : []),
    ...Object.entries(PARTS).flatMap(([part, title]) => {
      const rows = parts[/** @type {import('./options.mjs').PartName} */ (part)];
      return rows ? [`${title}\n${tableFrom(cellsOf(rows))}`] : [];
    }),
  ];
  return `\n${tables.join('\n\n')}\n\n${Object.values(machine).join(', ')}`;
}

/**
 * A line for each figure, a column for each row: parts have many figures and few rows.
 * @param {readonly import('./run.mjs').Row[]} rows
 */
function cellsOf(rows) {
  const flat = rows.map((row) => Object.fromEntries(Object.entries(row).flatMap(flattened)));
  const names = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  return names.map((name) => [name === 'what' ? '' : name, ...flat.map((row) => row[name])]);
}

/** @param {[string, string | number | Record<string, number>]} entry @returns {[string, string | number][]} */
const flattened = ([name, value]) =>
  typeof value === 'object'
    ? Object.entries(value).map(([process, figure]) => [
        `${name.replace('_by_process', '')}, ${process}`,
        figure,
      ])
    : [[name, value]];

/** @param {readonly (readonly (string | number | undefined)[])[]} rows the first one holds the titles */
function tableFrom(rows) {
  const texts = rows.map((row) => row.map((cell) => String(cell ?? '')));
  const widths = (texts[0] ?? []).map((_, column) =>
    Math.max(...texts.map((row) => row[column]?.length ?? 0)),
  );
  const aligned = (/** @type {string} */ text, /** @type {number} */ column) =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  const lines = texts.map((row) => row.map(aligned).join('  '));
  const [title = '', ...rest] = lines;
  return [bold(title), ...rest].join('\n');
}
