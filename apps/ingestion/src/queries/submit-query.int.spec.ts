import {
  FUNCTION_KEY,
  HOST_KEY,
  KEYS,
  keyEntry,
  PUBLIC_URL,
  RunningIngestion,
} from '../testing/running-ingestion';

const QUERY_KEY = 'a key of an auditor';
const RANGE = '?s=10/10/2021&e=10/12/2021';
const elsewhere = { 'x-forwarded-for': '203.0.113.9' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start({}, [
    ...KEYS,
    keyEntry(QUERY_KEY, 'audit', 'function', ['QueryAudit']),
  ]);
});
afterAll(() => ingestion.stop());

const submit = (query: string, method = 'GET', headers: Record<string, string> = {}) =>
  fetch(`${ingestion.url}/api/submit/query${query}`, { method, headers });
const idOf = async (answer: Response) => {
  const { statusUri } = (await answer.json()) as { statusUri: string };
  return statusUri.slice(`${PUBLIC_URL}/api/status/`.length);
};

describe('submitting a query', () => {
  it.each(['GET', 'POST'])('with %s starts QueryAudit and says where to poll', async (method) => {
    const answer = await submit(RANGE, method);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '2']);
    const id = await idOf(answer.clone());
    expect(await answer.json()).toEqual({ statusUri: `${PUBLIC_URL}/api/status/${id}` });
    expect(answer.headers.get('location')).toBe(`${PUBLIC_URL}/api/status/${id}`);
    expect(answer.headers.get('operation-location')).toBe(`${PUBLIC_URL}/api/operations/${id}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await ingestion.inputs(id)).toMatchObject([
      {
        body: { type: 'started', workflow: 'QueryAudit', input: { start: '2021-10-10', end: '2021-12-10' } },
      },
    ]);
  });

  it('is repeated safely with an Idempotency-Key, however the same days are written', async () => {
    const headers = { 'idempotency-key': 'q1' };
    const first = await idOf(await submit(RANGE, 'POST', headers));
    expect(await idOf(await submit('?s=2021-10-10&e=2021-12-10', 'POST', headers))).toBe(first);
    expect(await ingestion.inputs(first)).toHaveLength(1);
    expect((await submit('?s=10/10/2021&e=11/12/2021', 'POST', headers)).status).toBe(422);
  });

  it.each([
    ['a function key that names it', QUERY_KEY],
    ['a host key', HOST_KEY],
  ])('is open from elsewhere to %s', async (_, key) => {
    expect((await submit(RANGE, 'GET', { ...elsewhere, 'x-functions-key': key })).status).toBe(202);
    expect((await submit(`${RANGE}&code=${encodeURIComponent(key)}`, 'GET', elsewhere)).status).toBe(202);
  });
});

describe('a query that is refused', () => {
  let before: string[];
  beforeEach(async () => void (before = await ingestion.storedSubjects()));
  afterEach(async () => expect(await ingestion.storedSubjects()).toEqual(before));

  it.each([
    ['', 'Empty start date.'],
    ['?s=', 'Empty start date.'],
    ['?s=%20%20&e=rubbish', 'Empty start date.'],
    ['?s[]=10/10/2021&e=10/12/2021', 'Empty start date.'],
    ['?s=rubbish', 'Invalid start date format.'],
    ['?s=12/31/2021&e=', 'Invalid start date format.'],
    ['?s=10/10/2021&s=11/10/2021&e=10/12/2021', 'Invalid start date format.'],
    ['?s=10/10/2021', 'Empty end date.'],
    ['?s=10/10/2021&e=', 'Empty end date.'],
    ['?s=10/10/2021&e=31/11/2021', 'Invalid end date format.'],
    ['?s=10/10/2021&e=1/1/2022&e=1/1/2022', 'Invalid end date format.'],
    ['?s=10/10/2021&e=10/10/2021', 'Invalid date range.'],
    ['?s=10/12/2021&e=10/10/2021', 'Invalid date range.'],
  ])('for %j is exactly %j', async (query, error) => {
    for (const method of ['GET', 'POST']) {
      const answer = await submit(query, method);
      expect([answer.status, await answer.text()]).toEqual([400, JSON.stringify({ error })]);
      expect(answer.headers.get('content-type')).toContain('application/json');
    }
  });

  it('does not start for HEAD, which must change nothing', async () => {
    const answer = await submit(RANGE, 'HEAD');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });

  it('says who may before it looks at the dates', async () => {
    expect((await submit('?s=rubbish', 'GET', elsewhere)).status).toBe(401);
    const other = await submit('?s=rubbish', 'GET', { 'x-functions-key': FUNCTION_KEY });
    expect([other.status, await other.json()]).toEqual([
      403,
      expect.objectContaining({ detail: 'This needs a function key that names QueryAudit, or a host key.' }),
    ]);
  });
});
