/** The command line of `npm run bench`. Node built-ins only. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const WORKLOADS = {
  W1: 'one activity in another process',
  W2: 'two activities, wait for an event, one activity',
  W3: 'five activities in sequence',
  W4: '20,000 instances that wait for an event, with a timer of 24 hours',
};
/** What else is measured, each by itself, at durability `single`. */
export const PARTS = {
  polls: 'polls: 1,000 pollers read the status of 10,000 instances',
  lists: 'lists: the projection is built from nothing, and read page by page',
  query: 'query: a table is counted day by day, side by side and in one sequence; its worker is killed',
  approvals: 'approvals: 10,000 wait with reminders and a due time, and the coordinator is killed meanwhile',
};
export const DURABILITIES = /** @type {const} */ (['single', 'synced']);
export const PROCESSES = /** @type {const} */ ([
  'coordinator',
  'worker',
  'client',
  'status-api',
  'pollers',
  'approvers',
]);

/** @typedef {keyof typeof WORKLOADS} WorkloadName */
/** @typedef {keyof typeof PARTS} PartName */
/** @typedef {typeof DURABILITIES[number]} Durability */

const WORKLOAD_NAMES = /** @type {WorkloadName[]} */ (Object.keys(WORKLOADS));
const PART_NAMES = /** @type {PartName[]} */ (Object.keys(PARTS));

export const HELP = `Measures what a workflow costs, with a real nats-server and one process per service.

Usage: npm run bench -- [options]

  --only W1,polls     these workloads and parts only
  --seconds N         measured time at saturation (10); latencies are measured half as long
  --warm-up N         seconds under load before anything is measured (2)
  --in-flight N       workflows, and raw round trips, on their way at saturation (1000)
  --durability LEVEL  of workloads: single, synced (every write flushed to the disk) or both (default)
  --pollers N         polls: clients that poll (1000)
  --instances N       polls: instances that they poll (10000)
  --listed N          lists: instances (100000)
  --steps N           lists: steps of each instance (4)
  --rows N            query: rows of the table (200000)
  --take-over N       query: seconds until another worker gets what a killed one had (those of the product)
  --approvals N       approvals: how many wait (10000)
  --rest N            approvals: idle seconds before memory is read (15); 0: it is read at once
  --remind N          approvals: seconds between reminders (as asking for so many, and the rest, may take)
  --json FILE         writes the figures there, too
  --profile PROCESS   leaves a CPU profile of ${PROCESSES.join(', ')} in .cache/bench
  --help              this text

Workloads:
${Object.entries(WORKLOADS)
  .map(([name, what]) => `  ${name}  ${what}`)
  .join('\n')}

Parts:
${Object.values(PARTS)
  .map((what) => `  ${what}`)
  .join('\n')}

The unit is the raw JetStream round trip, measured in the same run: see docs/benchmark.md.
`;

/**
 * @typedef {object} BenchOptions
 * @property {readonly WorkloadName[]} workloads
 * @property {readonly PartName[]} parts
 * @property {readonly Durability[]} durabilities
 * @property {number} seconds
 * @property {number} warmUp
 * @property {number} inFlight
 * @property {number} pollers
 * @property {number} instances
 * @property {number} listed
 * @property {number} steps
 * @property {number} rows
 * @property {number} [takeOver]
 * @property {number} approvals
 * @property {number} rest
 * @property {number} [remind]
 * @property {string} [json] file
 * @property {typeof PROCESSES[number]} [profile]
 */

/**
 * @param {readonly string[]} args
 * @returns {'help' | BenchOptions}
 * @throws {Error} that names the option that is wrong
 */
export function benchOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: [...WORKLOAD_NAMES, ...PART_NAMES].join(',') },
      seconds: { type: 'string', default: '10' },
      'warm-up': { type: 'string', default: '2' },
      'in-flight': { type: 'string', default: '1000' },
      durability: { type: 'string', default: 'both' },
      pollers: { type: 'string', default: '1000' },
      instances: { type: 'string', default: '10000' },
      listed: { type: 'string', default: '100000' },
      steps: { type: 'string', default: '4' },
      rows: { type: 'string', default: '200000' },
      'take-over': { type: 'string' },
      approvals: { type: 'string', default: '10000' },
      rest: { type: 'string', default: '15' },
      remind: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { durability, profile, remind, 'take-over': takeOver } = values;
  const wanted = values.only
    .split(',')
    .map((name) => oneOf('--only', name, [...WORKLOAD_NAMES, ...PART_NAMES]));
  return {
    workloads: WORKLOAD_NAMES.filter((name) => wanted.includes(name)),
    parts: PART_NAMES.filter((name) => wanted.includes(name)),
    durabilities: durability === 'both' ? DURABILITIES : [oneOf('--durability', durability, DURABILITIES)],
    seconds: positive('--seconds', values.seconds),
    warmUp: wholeNumber('--warm-up', values['warm-up'], 0),
    inFlight: positive('--in-flight', values['in-flight']),
    pollers: positive('--pollers', values.pollers),
    instances: positive('--instances', values.instances),
    listed: positive('--listed', values.listed),
    steps: positive('--steps', values.steps),
    rows: positive('--rows', values.rows),
    ...(takeOver !== undefined && { takeOver: positive('--take-over', takeOver) }),
    approvals: positive('--approvals', values.approvals),
    rest: wholeNumber('--rest', values.rest, 0),
    ...(remind !== undefined && { remind: positive('--remind', remind) }),
    ...(values.json !== undefined && { json: resolve(values.json) }),
    ...(profile !== undefined && { profile: oneOf('--profile', profile, PROCESSES) }),
  };
}

/**
 * How long each load lasts: at saturation, and while latencies are measured.
 * @param {Pick<BenchOptions, 'warmUp' | 'seconds'>} options
 */
export const timesOf = ({ warmUp, seconds }) => ({
  full: { warmUp, seconds },
  half: { warmUp, seconds: seconds / 2 },
});

/** @template {string} T @param {string} option @param {string} text @param {readonly T[]} known @returns {T} */
function oneOf(option, text, known) {
  const found = known.find((name) => name === text);
  if (found === undefined) throw new Error(`${option} knows ${known.join(', ')}, not "${text}".`);
  return found;
}

/** @param {string} option @param {string} text */
const positive = (option, text) => wholeNumber(option, text, 1);

/** @param {string} option @param {string} text @param {number} least */
function wholeNumber(option, text, least) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`${option} must be a whole number from ${least} up, not "${text}".`);
}
