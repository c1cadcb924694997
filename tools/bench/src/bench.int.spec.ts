import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const BENCH = resolve(__dirname, '../../bench.mjs');
const execute = promisify(execFile);
const dir = mkdtempSync(join(tmpdir(), 'bench-spec-'));

jest.setTimeout(120_000);
afterAll(() => rmSync(dir, { recursive: true }));

const SHORT = ['--seconds', '1', '--warm-up', '0'];

const A_NUMBER = expect.any(Number) as number;

/** The report of a run that is as short as can be. */
async function reportOf(only: string, ...options: string[]): Promise<Record<string, object[]>> {
  const file = join(dir, `${only}.json`);
  await execute(process.execPath, [BENCH, '--only', only, ...SHORT, ...options, '--json', file]);
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, object[]>;
}

const each = (...names: string[]) => Object.fromEntries(names.map((name) => [name, A_NUMBER]));

test('a short run gives every figure of its workload', async () => {
  const { results } = await reportOf('W1', '--in-flight', '50', '--durability', 'single');

  expect(results).toEqual([
    {
      workload: 'W1',
      durability: 'single',
      ...each('rate', 'p50_ms', 'p99_ms', 'half_load_p50_ms', 'half_load_p99_ms', 'cpu_s_per_1000', 'rss_mb'),
      cpu_s_per_1000_by_process: each('nats-server', 'coordinator', 'worker', 'client'),
      ...each('raw_round_trips_per_s', 'raw_cpu_s_per_1000', 'ratio_to_raw'),
    },
  ]);
});

test('pollers of a few instances give every figure of theirs', async () => {
  const { results, polls } = await reportOf('polls', '--pollers', '5', '--instances', '50');

  const told = {
    ...each('rate', 'p50_ms', 'p99_ms', 'cpu_s_per_1000'),
    cpu_s_per_1000_by_process: each('nats-server', 'status-api', 'pollers'),
    rss_mb_by_process: each('nats-server', 'status-api', 'pollers'),
  };
  const read = {
    ...told,
    ...each('half_load_p50_ms', 'half_load_p99_ms'),
    ...each('live_per_s', 'ratio_to_live', 'direct_gets_per_s', 'ratio_to_direct_gets'),
  };
  expect(results).toEqual([]);
  expect(polls).toEqual([
    { what: 'reads', ...read },
    { what: 'unchanged (304)', ...read },
    { what: 'long polls', ...told },
    { what: 'long polls, all at once', ...told },
  ]);
});

test('a query over a few rows gives every figure of its readings', async () => {
  const { query } = await reportOf('query', '--rows', '2000', '--take-over', '1');

  const reading = each('seconds', 'rows', 'rate', 'worker_peak_mb');
  expect(query).toEqual([
    { what: 'written', ...each('seconds', 'rows', 'rate') },
    { what: 'in one sequence', ...reading },
    { what: 'side by side', ...reading, ratio_to_sequence: A_NUMBER },
    { what: 'side by side, a tenth of the days', ...reading },
    { what: 'in one sequence, 20 ms away', ...reading },
    { what: 'side by side, 20 ms away', ...reading, ratio_to_sequence: A_NUMBER },
    {
      what: 'the worker is killed half way',
      ...each('seconds', 'rows', 'read_before', 'read_again', 'share_read_again', 'until_it_goes_on_s'),
    },
  ]);
});

test('a small projection gives every figure of its rebuild and of its lists', async () => {
  const { lists } = await reportOf('lists', '--listed', '250', '--steps', '2');

  const costs = {
    cpu_s_per_1000: A_NUMBER,
    cpu_s_per_1000_by_process: expect.objectContaining(each('nats-server', 'status-api')) as object,
    rss_mb_by_process: each('nats-server', 'status-api', 'pollers'),
  };
  const pages = { ...costs, ...each('rate', 'listed_per_s', 'p50_ms', 'p99_ms') };
  expect(lists).toEqual([
    {
      what: 'rebuild',
      ...costs,
      ...each('rate', 'steps_per_s', 'boot_s', 'behind_s', 'raw_per_s', 'ratio_to_raw'),
    },
    { what: 'pages', ...pages },
    { what: 'without inputs', ...pages },
    { what: 'longest, without inputs', ...pages },
  ]);
});

test('a few approvals give every figure of theirs, and nothing comes twice', async () => {
  const { approvals } = await reportOf('approvals', '--approvals', '20', '--rest', '0', '--remind', '2');

  const costs = { cpu_s_per_1000: A_NUMBER, cpu_s_per_1000_by_process: expect.any(Object) as object };
  const told = { ...costs, ...each('rate', 'seconds'), repeated: 0 };
  const kept = each('messages_each', 'stored_mb_per_10000');
  const processes = each('nats-server', 'coordinator', 'approvers');
  expect(approvals).toEqual([
    { what: 'asked', ...costs, ...each('rate', 'seconds') },
    { what: 'waiting', mb_per_10000: A_NUMBER, mb_per_10000_by_process: processes, ...kept },
    { what: 'first reminder', ...told },
    { what: 'second reminder, killed', seconds: A_NUMBER, repeated: 0 },
    {
      what: 'due time',
      ...told,
      ...each('late_p50_ms', 'late_p99_ms'),
      ...kept,
      rss_mb_by_process: processes,
    },
  ]);
});

test('an option that is wrong is named', async () => {
  await expect(execute(process.execPath, [BENCH, '--only', 'W9'])).rejects.toThrow(
    '--only knows W1, W2, W3, W4, polls, lists, query, approvals, not "W9"',
  );
});
