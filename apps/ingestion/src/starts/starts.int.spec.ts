import {
  FUNCTION_KEY,
  HOST_KEY,
  PUBLIC_URL,
  RunningIngestion,
  SYSTEM_KEY,
} from '../testing/running-ingestion';

const path = '/api/orchestrators/NotifyOnTask';
const managed = 'NotifyOnTask?management=true';
const task = { taskid: '8900', description: 'DiPocket v. is about to be deployed to PROD' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
});
afterAll(() => ingestion.stop());

describe('a start over HTTP', () => {
  it('is stored before it is accepted, and says where to poll', async () => {
    const answer = await ingestion.post(path, task);
    const body = (await answer.json()) as { id: string; statusUri: string };
    expect(answer.status).toBe(202);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      statusUri: `${PUBLIC_URL}/api/status/${body.id}`,
    });
    expect(answer.headers.get('location')).toBe(body.statusUri);
    expect(answer.headers.get('operation-location')).toBe(`${PUBLIC_URL}/api/operations/${body.id}`);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(await ingestion.inputs(body.id)).toMatchObject([
      { body: { type: 'started', workflow: 'NotifyOnTask', input: task } },
    ]);
    expect(await ingestion.client.read(body.id)).toMatchObject({ status: 'Pending', seq: 0 });
  });

  it('never builds an address from the Host header', async () => {
    const answer = await ingestion.post(path, task, { 'x-forwarded-host': 'evil.example' });
    expect(answer.headers.get('location')).toContain(`${PUBLIC_URL}/api/status/`);
  });

  it.each(['release-7', 'Release 7 (ü)', 'x'.repeat(256)])(
    'takes the id %s, and refuses it a second time',
    async (id) => {
      const own = `${path}/${encodeURIComponent(id)}`;
      const location = `${PUBLIC_URL}/api/status/${encodeURIComponent(id)}`;
      const first = await ingestion.post(own, task);
      expect([first.status, await first.json()]).toEqual([202, { id, statusUri: location }]);
      const second = await ingestion.post(own, task);
      expect([second.status, second.headers.get('location')]).toEqual([409, location]);
      expect(second.headers.get('content-type')).toContain('application/problem+json');
      expect(await ingestion.inputs(id)).toHaveLength(1);
    },
  );

  it('gives an id to exactly one of many who ask for it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ingestion.post(`${path}/wanted`, task)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([202, ...Array<number>(9).fill(409)]);
    expect(await ingestion.inputs('wanted')).toHaveLength(1);
  });
});

describe('a start that is repeated with its Idempotency-Key (hazard 25)', () => {
  const keyed = (key: string, body: object = task, headers: Record<string, string> = {}) =>
    ingestion.post(path, body, { 'idempotency-key': key, ...headers });

  it('is the same instance, however many come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => keyed('"k1"')));
    const ids = new Set(
      await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(202));
    expect(ids.size).toBe(1);
    expect(await ingestion.inputs([...ids][0] ?? '')).toHaveLength(1);
  });

  it('is refused with another body, and starts nothing', async () => {
    await keyed('k2');
    const before = await ingestion.storedSubjects();
    const other = await keyed('k2', { ...task, taskid: '8901' });
    expect([other.status, other.headers.get('content-type')]).toEqual([
      422,
      expect.stringContaining('problem+json'),
    ]);
    expect(await ingestion.storedSubjects()).toEqual(before);
  });

  it('is another instance for another caller', async () => {
    const anonymous = (await (await keyed('k3')).json()) as { id: string };
    const team = await keyed('k3', task, { 'x-functions-key': FUNCTION_KEY });
    expect(team.status).toBe(202);
    expect(((await team.json()) as { id: string }).id).not.toBe(anonymous.id);
  });
});

describe('a start that asks for the management links', () => {
  it('gets them with a system key, which they carry', async () => {
    const answer = await ingestion.post(`/api/orchestrators/${managed}`, task, {
      'x-functions-key': SYSTEM_KEY,
    });
    const body = (await answer.json()) as { id: string; statusUri: string };
    const code = `code=${encodeURIComponent(SYSTEM_KEY)}`;
    const instance = `${PUBLIC_URL}/runtime/webhooks/durabletask/instances/${body.id}`;
    expect([answer.status, body]).toEqual([
      202,
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        statusUri: `${PUBLIC_URL}/api/status/${body.id}`,
        statusQueryGetUri: `${instance}?${code}`,
        sendEventPostUri: `${instance}/raiseEvent/{eventName}?${code}`,
        terminatePostUri: `${instance}/terminate?reason={text}&${code}`,
        rewindPostUri: `${instance}/rewind?reason={text}&${code}`,
        purgeHistoryDeleteUri: `${instance}?${code}`,
        restartPostUri: `${instance}/restart?${code}`,
        suspendPostUri: `${instance}/suspend?reason={text}&${code}`,
        resumePostUri: `${instance}/resume?reason={text}&${code}`,
      },
    ]);
    expect(answer.headers.get('location')).toBe(body.statusUri);
  });

  it.each(['', '?management=false'])('does not get them without asking (%j)', async (query) => {
    const answer = await ingestion.post(path + query, task, { 'x-functions-key': SYSTEM_KEY });
    expect(Object.keys((await answer.json()) as object)).toEqual(['id', 'statusUri']);
  });
});

describe('a start that is refused', () => {
  let before: string[];
  beforeEach(async () => {
    before = await ingestion.storedSubjects();
  });
  afterEach(async () => {
    expect(await ingestion.storedSubjects()).toEqual(before);
  });

  it.each<[string, unknown, Record<string, string>, number, string[]]>([
    ['no taskid', { description: 'x' }, {}, 400, ['taskid']],
    ['wrong types', { taskid: [1], description: 5 }, {}, 400, ['description', 'taskid']],
    ['an unknown field', { ...task, colour: 'red' }, {}, 400, ['colour']],
    ['broken JSON', '{"taskid":', {}, 400, []],
    ['no body', '', {}, 400, []],
    ['a list', [task], {}, 400, []],
    ['null', 'null', {}, 400, []],
    ['a text', '"x"', {}, 400, []],
    ['a poisoned prototype', '{"taskid":"1","description":"x","__proto__":{"a":1}}', {}, 400, []],
    ['1 MB', { ...task, description: 'x'.repeat(1024 * 1024) }, {}, 413, []],
    ['a form', 'taskid=8900&description=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, []],
    ['plain text', JSON.stringify(task), { 'content-type': 'text/plain' }, 415, []],
    ['a wrong key', task, { 'x-functions-key': 'wrong' }, 401, []],
    ['a client elsewhere', task, { 'x-forwarded-for': '203.0.113.9' }, 401, []],
  ])('for %s is a problem that names what is wrong', async (_, body, headers, status, fields) => {
    const answer = await ingestion.post(path, body, headers);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    const problem = (await answer.json()) as { status: number; errors?: { field: string }[] };
    expect(problem.status).toBe(status);
    expect((problem.errors ?? []).map(({ field }) => field).sort()).toEqual(fields);
  });

  it.each<[string, string, Record<string, string>, number, string]>([
    [
      'a function key that names another',
      'QueryAudit',
      { 'x-functions-key': FUNCTION_KEY },
      403,
      'names QueryAudit',
    ],
    ['links with a function key', managed, { 'x-functions-key': FUNCTION_KEY }, 403, 'a system key'],
    ['links with a host key', managed, { 'x-functions-key': HOST_KEY }, 403, 'a system key'],
    ['links without a key on this machine', managed, {}, 403, 'a system key'],
    [
      'links without a key elsewhere',
      managed,
      { 'x-forwarded-for': '203.0.113.9' },
      401,
      'Send a function key',
    ],
    ['links with a wrong key', managed, { 'x-functions-key': 'wrong' }, 401, 'not known'],
  ])('with %s says what is needed', async (_, start, headers, status, detail) => {
    const answer = await ingestion.post(`/api/orchestrators/${start}`, task, headers);
    expect([answer.status, await answer.json()]).toEqual([
      status,
      expect.objectContaining({ detail: expect.stringContaining(detail) }),
    ]);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  it.each(['/api/orchestrators/Nope', '/api/orchestrators', '/api/nope', '/nope'])(
    'for %s is 404',
    async (unknown) => {
      const answer = await ingestion.post(unknown, task);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        404,
        expect.stringContaining('problem+json'),
      ]);
    },
  );
});

it('other addresses are 404 problems, the bare one says what answers here', async () => {
  for (const method of ['GET', 'HEAD']) {
    const unknown = await fetch(`${ingestion.url}/nope`, { method });
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('problem+json'),
    ]);
  }
  const about = await fetch(ingestion.url);
  expect([about.status, await about.json()]).toEqual([200, expect.objectContaining({ name: 'Countersign' })]);
  expect((await fetch(`${ingestion.url}/health/ready`)).status).toBe(200);
});
