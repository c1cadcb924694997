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

test('a short run gives every figure of its workload', async () => {
  const file = join(dir, 'report.json');
  const options = ['--only', 'W1', '--seconds', '1', '--in-flight', '50', '--durability', 'single'];
  await execute(process.execPath, [BENCH, ...options, '--json', file]);

  const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: object[] };

  expect(results).toEqual([
    {
      workload: 'W1',
      durability: 'single',
      rate: expect.any(Number),
      p50_ms: expect.any(Number),
      p99_ms: expect.any(Number),
      half_load_p50_ms: expect.any(Number),
      half_load_p99_ms: expect.any(Number),
      cpu_s_per_1000: expect.any(Number),
      cpu_s_per_1000_by_process: {
        'nats-server': expect.any(Number),
        coordinator: expect.any(Number),
        worker: expect.any(Number),
        client: expect.any(Number),
      },
      rss_mb: expect.any(Number),
      raw_round_trips_per_s: expect.any(Number),
      raw_cpu_s_per_1000: expect.any(Number),
      ratio_to_raw: expect.any(Number),
    },
  ]);
});

test('an option that is wrong is named', async () => {
  await expect(execute(process.execPath, [BENCH, '--only', 'W9'])).rejects.toThrow(
    '--only knows W1, W2, W3, W4, not "W9"',
  );
});
