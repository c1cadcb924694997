/** Queries on their way while what they need is killed (-9), one after the other and all at once. */
import { setTimeout as pause } from 'node:timers/promises';
import { AuditTable, distinctPeople } from './support/audit-table';
import { eventually } from '@countersign/testing';
import { Journals } from './support/journals';
import { QUERY_SERVICES, QueryClient } from './support/query-client';
import { startTestStack, type TestStack } from './support/test-stack';

const QUERIES = 100;
/** As often as `Retry-After` asks of them, clients poll, in milliseconds. */
const POLL_MS = 1_000;
const VICTIMS = ['query-worker', 'status-api', 'saga-coordinator'] as const;
/** What dies together, one round after the other. */
const ROUNDS: readonly (readonly (typeof VICTIMS)[number][])[] = [...VICTIMS.map((name) => [name]), VICTIMS];
/** Queries that end between two rounds. */
const BETWEEN = 8;
const FIRST_DAY = Date.parse('2021-10-01');
const DAY = 24 * 3600 * 1000;
const PATIENCE_MS = 150_000;

let stack: TestStack;
let client: QueryClient;
let journals: Journals;
let rows: Awaited<ReturnType<AuditTable['rows']>>;
beforeAll(async () => {
  // Small pages: so that a query takes a while.
  stack = await startTestStack({ services: QUERY_SERVICES, sampleRows: true, env: { PAGE_ROWS: '8' } });
  client = new QueryClient(stack);
  rows = await new AuditTable(stack).rows('2021-10-01', '2021-12-31');
  journals = await Journals.open(stack);
});
afterAll(async () => {
  await journals?.close();
  await stack?.dispose();
});

interface Query {
  readonly start: string;
  readonly end: string;
}

/** Another range for each, of 6 to 25 days. */
const queries: Query[] = Array.from({ length: QUERIES }, (_, i) => {
  const start = FIRST_DAY + (i % 50) * DAY;
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  return { start: day(start), end: day(start + (5 + (i % 10) + (i < 50 ? 0 : 10)) * DAY) };
});

interface Polled {
  readonly id: string;
  readonly result: unknown;
  /** Every code that the client met; 0 where there was no answer. */
  readonly codes: ReadonlySet<number>;
}

async function polled(id: string): Promise<Polled> {
  const codes = new Set<number>();
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await client.status(id).catch(() => undefined);
    codes.add(answer?.status ?? 0);
    if (answer?.status === 200) return { id, result: answer.body, codes };
    if (Date.now() > deadline) throw new Error(`${id} does not end: ${JSON.stringify(answer?.body)}`);
    await pause(POLL_MS * (0.5 + Math.random()));
  }
}

it(`brings ${QUERIES} queries to the right number, whatever is killed meanwhile`, async () => {
  const ids: string[] = [];
  for (const { start, end } of queries) ids.push(await client.submitted(`s=${start}&e=${end}`));
  let ended = 0;
  const polls = ids.map((id) => polled(id).finally(() => ended++));

  const atKill: number[] = [];
  for (const [round, victims] of ROUNDS.entries()) {
    await eventually(
      () => Promise.resolve(ended),
      (now) => now >= (round + 1) * BETWEEN,
      PATIENCE_MS,
    );
    atKill.push(QUERIES - ended);
    await Promise.all(victims.map((name) => stack.kill(name)));
    await Promise.all(victims.map((name) => stack.restart(name)));
  }
  const outcomes = await Promise.all(polls);

  // There was something to lose at each kill.
  expect(Math.min(...atKill)).toBeGreaterThan(QUERIES / 4);
  expect(outcomes.map(({ result }) => result)).toEqual(
    queries.map(({ start, end }, i) => ({
      id: ids[i],
      status: 'Completed',
      customStatus: null,
      result: distinctPeople(rows, start, end),
    })),
  );
  // What was accepted is never denied; a client may repeat what else it met.
  const codes = [...new Set(outcomes.flatMap((outcome) => [...outcome.codes]))];
  expect(codes.some((code) => code === 0 || code >= 500)).toBe(true);
  expect(codes.filter((code) => ![0, 200, 202].includes(code) && code < 500)).toEqual([]);
  for (const id of ids) {
    const journal = await journals.of(id);
    const results = journal?.inputs.flatMap(({ body }) => (body.type === 'completed' ? [body.n] : [])) ?? [];
    expect([id, results]).toEqual([id, [...new Set(results)]]);
    expect([id, journal?.inputs.map(({ body }) => body.type)]).toEqual([
      id,
      expect.not.arrayContaining(['failed']),
    ]);
  }
}, 240_000);
