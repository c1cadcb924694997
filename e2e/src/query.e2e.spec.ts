/** Application 2 with every process running: one submits a query, and watches it in every way there is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditTable, distinctPeople } from './support/audit-table';
import { eventually } from '@countersign/testing';
import {
  type PolledStatus,
  type PublicStatus,
  QUERY_SERVICES,
  QueryClient,
  type ServerSentEvent,
} from './support/query-client';
import { startTestStack, type TestStack } from './support/test-stack';

const README = join(__dirname, '../../README.md');
/** The first and the last day that `npm start` seeds. */
const SEEDED = ['2021-10-01', '2021-12-31'] as const;

let stack: TestStack;
let client: QueryClient;
/** By days, both included. */
let expected: (start: string, end: string) => number;
beforeAll(async () => {
  stack = await startTestStack({ services: QUERY_SERVICES, sampleRows: true });
  client = new QueryClient(stack);
  const rows = await new AuditTable(stack).rows(...SEEDED);
  expected = (start, end) => distinctPeople(rows, start, end);
});
afterEach(() => stack.kill('query-worker', 'SIGCONT'));
afterAll(() => stack?.dispose());

const FIELDS = ['id', 'status', 'customStatus', 'result', 'progress', 'error'];
/** Nothing in it that only those may see who have a key. */
function expectPublic(body: PublicStatus): void {
  expect(FIELDS).toEqual(expect.arrayContaining(Object.keys(body)));
}

const completed = (id: string, result: number) => ({ id, status: 'Completed', customStatus: null, result });

it("goes from the README's line by way of its progress to the right number", async () => {
  const line = /^ *curl "http:\/\/localhost:7071(\/api\/submit\/query[^"]*)"$/m.exec(
    await readFile(README, 'utf8'),
  );
  expect(line?.[1]).toBe('/api/submit/query?s=10/10/2021&e=10/12/2021');
  const started = await client.request('GET', line?.[1] ?? '');
  const statusUri = started.headers.get('location') ?? '';
  const id = client.idIn(statusUri);
  expect([started.status, started.body]).toEqual([202, { statusUri }]);
  expect(statusUri).toBe(`${stack.url}/api/status/${id}`);
  expect(started.headers.get('operation-location')).toBe(`${stack.url}/api/operations/${id}`);
  expect(started.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);

  const answers: PolledStatus[] = [];
  const ended = await eventually(
    async () => {
      const answer = await client.status(id);
      answers.push(answer);
      return answer;
    },
    ({ status }) => status !== 202,
    60_000,
  );
  for (const { headers } of answers.slice(0, -1)) {
    expect(headers.get('location')).toBe(statusUri);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  }
  const seen = answers.map(({ body }) => body);

  const result = expected('2021-10-10', '2021-12-10');
  expect(result).toBeGreaterThan(500);
  expect([ended.status, ended.body]).toEqual([200, completed(id, result)]);
  const reports = seen.flatMap(({ status, progress }) =>
    status === 'Running' && progress ? [progress] : [],
  );
  const rows = reports.map((progress) => progress.rows);
  expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  expect(new Set(rows).size).toBeGreaterThan(2);
  for (const { partitions, partitionsDone, distinct } of reports) {
    expect(partitionsDone).toBeLessThanOrEqual(partitions);
    expect(distinct).toBeLessThanOrEqual(result);
  }
  seen.forEach(expectPublic);
}, 90_000);

it.each([
  ['', 'Empty start date.'],
  ['?s=32/10/2021&e=10/12/2021', 'Invalid start date format.'],
  ['?s=10/10/2021', 'Empty end date.'],
  ['?s=10/10/2021&e=12-10-2021', 'Invalid end date format.'],
  ['?s=10/12/2021&e=10/10/2021', 'Invalid date range.'],
])('refuses %j with exactly %j', async (query, error) => {
  for (const method of ['GET', 'POST']) {
    const answer = await fetch(`${stack.url}/api/submit/query${query}`, { method });
    expect([answer.status, await answer.text()]).toEqual([400, JSON.stringify({ error })]);
  }
});

it('answers 304 while nothing is new, and holds the answer until something is', async () => {
  await stack.kill('query-worker', 'SIGSTOP');
  const id = await client.submitted('s=1/11/2021&e=2/11/2021');
  const running = await eventually(
    () => client.status(id),
    ({ body }) => body.status === 'Running',
  );
  const known = { 'if-none-match': running.headers.get('etag') ?? '' };
  const same = await client.status(id, known);
  expect([same.status, same.body, same.headers.get('etag')]).toEqual([304, '', known['if-none-match']]);
  expect(same.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);

  let answers = 0;
  const held = [
    client.status(id, undefined, '?wait=18'),
    client.status(id, { ...known, prefer: 'wait=18' }),
  ].map((answer) => answer.finally(() => answers++));
  // Others are answered meanwhile.
  for (let i = 0; i < 5; i++) expect((await client.status(id)).status).toBe(202);
  expect(answers).toBe(0);
  await stack.kill('query-worker', 'SIGCONT');

  const result = expected('2021-11-01', '2021-11-02');
  for (const answer of await Promise.all(held))
    expect([answer.status, answer.body]).toEqual([200, completed(id, result)]);
  const over = await client.status(id, known);
  expect([over.status, over.body]).toEqual([200, completed(id, result)]);
  const end = { 'if-none-match': over.headers.get('etag') ?? '' };
  expect((await client.status(id, end)).status).toBe(304);
});

it('sends an event for each change until the end, and to who comes back what is new', async () => {
  const id = await client.submitted('s=1/10/2021&e=20/10/2021');
  const first: ServerSentEvent[] = [];
  for await (const event of client.events(id)) {
    first.push(event);
    if (event.data.progress) break;
  }
  const seen = first.at(-1);
  const rest: ServerSentEvent[] = [];
  for await (const event of client.events(id, seen?.id)) rest.push(event);

  const result = expected('2021-10-01', '2021-10-20');
  const all = [...first, ...rest];
  const states = all.slice(0, -1);
  expect(all.at(-1)?.type).toBe('end');
  expect(states.at(-1)?.data).toEqual(completed(id, result));
  expect(states.map(({ type }) => type)).toEqual(states.map(() => 'message'));
  states.forEach(({ data }) => expectPublic(data));
  // Every event tells a change, also the first one after the connection was lost.
  const texts = states.map(({ data }) => JSON.stringify(data));
  expect(texts.filter((text, index) => text === texts[index - 1])).toEqual([]);
  expect(new Set(states.map((event) => event.id)).size).toBe(states.length);
  const rows = states.flatMap(({ data }) => data.progress?.rows ?? []);
  expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  const again = await client.request('GET', `/api/status/${id}/events`, undefined, {
    'last-event-id': all.at(-1)?.id ?? '',
  });
  expect(again.status).toBe(204);
});

it('shows nothing more to who asks for more, with the key of an administrator or without', async () => {
  const id = await client.submitted('s=3/11/2021&e=4/11/2021');
  const more = `?showInput=true&showHistory=true&showHistoryOutput=true&code=${stack.keys.systemKey}`;
  const headers = { 'x-functions-key': stack.keys.systemKey };
  const [texts, fields]: [string[], string[]] = [[], []];
  const look = async () => {
    const status = await client.status(id, headers, more);
    const operation = await client.request('GET', `/api/operations/${id}${more}`, undefined, headers);
    fields.push(...Object.keys(status.body), ...Object.keys(operation.body as object));
    texts.push(JSON.stringify([status.body, [...status.headers], operation.body, [...operation.headers]]));
    return status;
  };
  await eventually(look, ({ status }) => status === 200);
  for await (const { data } of client.events(id)) texts.push(JSON.stringify(data));
  expect(FIELDS).toEqual(expect.arrayContaining(fields));
  for (const secret of [...Object.values(stack.keys), '2021-11-03', 'runtime/webhooks', 'ExecutionStarted'])
    expect(texts.filter((text) => text.includes(secret))).toEqual([]);
});
