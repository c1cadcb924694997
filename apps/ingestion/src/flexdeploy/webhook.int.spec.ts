/** FlexDeploy's webhook on a real nats-server; the spec plays FlexDeploy and the coordinator. */
import { aStep } from '@countersign/testing';
import { PUBLIC_URL, RunningIngestion } from '../testing/running-ingestion';

const SECRET = 'a secret that FlexDeploy knows';
const OLD_SECRET = 'one that it knew until now';

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start({
    FLEXDEPLOY_WEBHOOK_SECRET: `${SECRET}, ${OLD_SECRET}`,
    FLEXDEPLOY_USERS: '{"jdoe": "U0JANE"}',
  });
});
afterAll(() => ingestion.stop());

const envelope = (eventType: string, taskId: unknown, more: object = {}) => ({
  eventType,
  actor: 'fdadmin',
  object: 'Task',
  timestamp: '2023-10-18 05:45:44 -0500',
  payload: {
    taskId,
    description: 'DiPocket goes to PROD',
    environmentName: 'PROD',
    projectName: 'DiPocket',
    requestedBy: 'jdoe',
    links: [{ rel: 'self' }],
    ...more,
  },
});
const send = (body: unknown, headers: Record<string, string> = { 'x-flexdeploy-secret': SECRET }) =>
  ingestion.post('/flexdeploy/webhook', body, headers);
const idOf = async (answer: Response) => ((await answer.json()) as { id: string }).id;

/** What the instance was sent, without what differs from run to run. */
const inputsOf = async (id: string) =>
  (await ingestion.inputs(id)).map(({ body }) =>
    body.type === 'event' ? [body.name, body.data] : body.type,
  );
const changed = (eventType: string) => ['TaskChanged', { eventType }];

describe('Task Created', () => {
  it('starts an approval of the task, and has it ask FlexDeploy what became of the task meanwhile', async () => {
    const answer = await send(envelope('Task Created', 8900));
    const { id, statusUri } = (await answer.json()) as { id: string; statusUri: string };
    expect(answer.status).toBe(202);
    expect([answer.headers.get('location'), statusUri]).toEqual(
      Array(2).fill(`${PUBLIC_URL}/api/status/${id}`),
    );
    expect(await ingestion.inputs(id)).toMatchObject([
      {
        body: {
          type: 'started',
          workflow: 'NotifyOnTask',
          input: {
            taskid: '8900',
            description: 'DiPocket goes to PROD',
            requestedBy: 'U0JANE',
            facts: [
              { label: 'Environment', value: 'PROD' },
              { label: 'Project', value: 'DiPocket' },
              { label: 'Requested by', value: 'jdoe' },
            ],
          },
        },
      },
      { body: { type: 'event', name: 'TaskChanged', data: { eventType: 'Task Created' } } },
    ]);
  });

  it('is one instance, however often it is told, at once, as a number or a text, in other words', async () => {
    const events = [
      ...Array.from({ length: 5 }, () => envelope('Task Created', 'twice')),
      envelope('Task Created', 'twice', { description: 'In other words' }),
    ];
    const answers = await Promise.all(events.map((event) => send(event)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(202));
    const ids = new Set(await Promise.all(answers.map(idOf)));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    // One start; the same event is stored once, the other one beside it.
    expect((await inputsOf(id)).sort()).toEqual([
      changed('Task Created'),
      changed('Task Created'),
      'started',
    ]);
    expect(await idOf(await send(envelope('Task Created', 123)))).toBe(
      await idOf(await send(envelope('Task Created', '123'))),
    );
  });

  it('again after the approval has ended is the same instance, and stores nothing', async () => {
    const id = await idOf(await send(envelope('Task Created', 'ended')));
    await ingestion.writeStep(id, aStep({ status: 'Completed' }));
    const before = await inputsOf(id);
    const again = await send(envelope('Task Created', 'ended'));
    expect([again.status, await idOf(again)]).toEqual([202, id]);
    expect(await inputsOf(id)).toEqual(before);
  });

  it('of another task is another instance, and none that a caller of the API can name', async () => {
    const one = await idOf(await send(envelope('Task Created', 'one')));
    const two = await idOf(await send(envelope('Task Created', 'two')));
    const task = { taskid: 'one', description: 'x' };
    const called = await ingestion.post('/api/orchestrators/NotifyOnTask', task, {
      'idempotency-key': 'one',
    });
    expect(new Set([one, two, await idOf(called)]).size).toBe(3);
  });
});

describe('another event of a task', () => {
  it('makes its instance ask at once: each event once, however often it is sent', async () => {
    const id = await idOf(await send(envelope('Task Created', 'told')));
    const answers = await Promise.all(
      ['Task Approved', 'Task Approved', 'Task Rejected'].map((type) => send(envelope(type, 'told'))),
    );
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('location')]).toEqual([
        202,
        `${PUBLIC_URL}/api/status/${id}`,
      ]);
    }
    const [started, created, ...others] = await inputsOf(id);
    expect([started, created]).toEqual(['started', changed('Task Created')]);
    expect(others.sort()).toEqual([changed('Task Approved'), changed('Task Rejected')]);
  });

  it('before its Task Created is left aside, and made up for when that comes', async () => {
    const before = await ingestion.storedSubjects();
    const early = await send(envelope('Task Approved', 'early'));
    expect([early.status, await early.json()]).toEqual([
      200,
      { ignored: expect.stringContaining('No approval') },
    ]);
    expect(await ingestion.storedSubjects()).toEqual(before);
    const id = await idOf(await send(envelope('Task Created', 'early')));
    expect(await inputsOf(id)).toEqual(['started', changed('Task Created')]);
  });

  it('at the same time as its Task Created disturbs nothing', async () => {
    const [created] = await Promise.all([
      send(envelope('Task Created', 'at-once')),
      send(envelope('Task Approved', 'at-once')),
    ]);
    const inputs = await inputsOf(await idOf(created!));
    expect(inputs[0]).toBe('started');
    expect(inputs).toContainEqual(changed('Task Created'));
  });

  it('after the approval has ended is nothing to do', async () => {
    const id = await idOf(await send(envelope('Task Created', 'over')));
    await ingestion.writeStep(id, aStep({ status: 'Failed' }));
    const late = await send(envelope('Task Approved', 'over'));
    expect([late.status, await late.json()]).toEqual([200, { ignored: expect.stringContaining('ended') }]);
    expect(await inputsOf(id)).toHaveLength(2);
  });

  it('whose task cannot be told is answered, so that it is not sent for ever', async () => {
    const answer = await send(envelope('Task Escalated', undefined));
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { ignored: expect.stringContaining('FLEXDEPLOY_WEBHOOK_PATHS') },
    ]);
  });
});

describe('what starts nothing', () => {
  let before: string[];
  beforeEach(async () => {
    before = await ingestion.storedSubjects();
  });
  afterEach(async () => {
    expect(await ingestion.storedSubjects()).toEqual(before);
  });

  it.each<[string, Record<string, string>, string]>([
    ['no secret', {}, 'x-flexdeploy-secret'],
    ['a wrong secret', { 'x-flexdeploy-secret': `${SECRET}x` }, 'wrong'],
    ['an empty secret', { 'x-flexdeploy-secret': '' }, 'wrong'],
    ['both secrets at once', { 'x-flexdeploy-secret': `${SECRET}, ${OLD_SECRET}` }, 'wrong'],
    ['a key of the API', { 'x-functions-key': 'a key of operations' }, 'x-flexdeploy-secret'],
  ])('is an event with %s', async (_, headers, detail) => {
    const answer = await send(envelope('Task Created', 'forged'), headers);
    expect([answer.status, await answer.json()]).toEqual([
      401,
      expect.objectContaining({ detail: expect.stringContaining(detail) }),
    ]);
  });

  it.each<[string, unknown, number, string[]]>([
    ['broken JSON', '{"eventType": ', 400, []],
    ['a list', [envelope('Task Created', 1)], 400, []],
    ['no type', { payload: {} }, 400, ['eventType']],
    ['a new task without an id', envelope('Task Created', undefined), 400, ['taskId']],
    ['a new task with an object for an id', envelope('Task Created', { id: {} }), 400, ['taskId']],
    ['a new task with a very long id', envelope('Task Created', 'x'.repeat(201)), 400, ['taskid']],
    [
      'a new task without a description',
      envelope('Task Created', 1, { description: '' }),
      400,
      ['description'],
    ],
    ['a new task without a payload', { eventType: 'Task Created' }, 400, ['taskId']],
    ['a body of 1 MB', envelope('Task Created', 1, { description: 'x'.repeat(2 ** 20) }), 413, []],
  ])('is %s', async (_, body, status, fields) => {
    const answer = await send(body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
    ]);
    const { errors = [] } = (await answer.json()) as { errors?: { field: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(fields);
  });

  it.each(['Request Completed', 'task created', 'Tasks', 'TaskCreated'])(
    'is %s, which is about no task',
    async (type) => {
      const answer = await send(envelope(type, 1));
      expect([answer.status, await answer.json()]).toEqual([200, { ignored: expect.any(String) }]);
    },
  );

  it('is a form', async () => {
    const headers = { 'x-flexdeploy-secret': SECRET, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await send('eventType=Task+Created', headers)).status).toBe(415);
  });

  it('is a GET', async () => {
    const answer = await fetch(`${ingestion.url}/flexdeploy/webhook`, {
      headers: { 'x-flexdeploy-secret': SECRET },
    });
    expect(answer.status).toBe(404);
  });
});

it('takes the old secret, too, while it is changed', async () => {
  expect((await send(envelope('Task Created', 'old'), { 'x-flexdeploy-secret': OLD_SECRET })).status).toBe(
    202,
  );
});

it('takes JSON under its name with a character set', async () => {
  const headers = { 'x-flexdeploy-secret': SECRET, 'content-type': 'application/json;charset=UTF-8' };
  expect((await send(envelope('Task Created', 'utf-8'), headers)).status).toBe(202);
});

describe('as it is set up', () => {
  const started = (settings: Record<string, string>) => RunningIngestion.start(settings);
  let other: RunningIngestion;
  afterEach(() => other.stop());

  it('is not there without a secret, and says so', async () => {
    other = await started({});
    const answer = await other.post('/flexdeploy/webhook', envelope('Task Created', 1), {
      'x-flexdeploy-secret': '',
    });
    expect([answer.status, await answer.json()]).toEqual([
      404,
      expect.objectContaining({ detail: expect.stringContaining('FLEXDEPLOY_WEBHOOK_SECRET') }),
    ]);
  });

  it('reads another header and other places', async () => {
    other = await started({
      FLEXDEPLOY_WEBHOOK_SECRET: SECRET,
      FLEXDEPLOY_WEBHOOK_HEADER: 'X-Hook-Token',
      FLEXDEPLOY_WEBHOOK_PATHS:
        '{"taskId": "object.key", "description": "payload.title", "facts": {"Env": "payload.env"}}',
    });
    const event = {
      eventType: 'Task Created',
      object: { key: 'T-1' },
      payload: { title: 'Deploy', env: 'UAT' },
    };
    expect((await other.post('/flexdeploy/webhook', event, { 'x-flexdeploy-secret': SECRET })).status).toBe(
      401,
    );
    const answer = await other.post('/flexdeploy/webhook', event, { 'x-hook-token': SECRET });
    expect(answer.status).toBe(202);
    expect(await other.inputs(await idOf(answer))).toMatchObject([
      { body: { input: { taskid: 'T-1', description: 'Deploy', facts: [{ label: 'Env', value: 'UAT' }] } } },
      {},
    ]);
  });

  it('answers 503 while JetStream is out of reach, so that FlexDeploy sends it again', async () => {
    other = await started({ FLEXDEPLOY_WEBHOOK_SECRET: SECRET });
    await other.nats.stop();
    for (const type of ['Task Created', 'Task Approved']) {
      const answer = await other.post('/flexdeploy/webhook', envelope(type, 1), {
        'x-flexdeploy-secret': SECRET,
      });
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    }
  });
});
