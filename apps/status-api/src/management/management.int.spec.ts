import { InstanceSubjects, managementLinks } from '@countersign/contracts';
import { loadConfig, startService } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { statusApiModule } from '../app.module';
import { StatusApiConfig } from '../config';
import { HOST_KEY, instance, RunningManagement, SYSTEM_KEY } from '../testing/running-management';

const TASK = { taskid: '8900', description: 'to be deployed' };

let api: RunningManagement;
beforeAll(async () => {
  api = await RunningManagement.start();
  await api.coordinate();
});
afterAll(() => api.stop());

let count = 0;
/** A running instance, or one that ended in this way. */
async function given(
  status: 'Running' | 'Suspended' | 'Completed' | 'Failed' | 'Terminated',
): Promise<string> {
  const id = `an ${status} ${++count}`;
  await api.begin(id, TASK);
  if (status === 'Suspended') await api.client.control(id, { type: 'suspend' });
  if (status === 'Terminated') await api.client.control(id, { type: 'terminate', reason: 'enough' });
  if (status === 'Completed') await api.client.raise(id, { name: 'finish' }, {});
  if (status === 'Failed') await api.client.raise(id, { name: 'finish' }, { fail: true });
  await api.reached(id, status);
  return id;
}

const statusOf = async (id: string) =>
  (await (await api.ask(instance(id))).json()) as Record<string, unknown>;
async function problemOf(answer: Response) {
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  return (await answer.json()) as { detail: string; errors?: { field: string }[] };
}

describe('the key', () => {
  const everything: [string, string][] = [
    ['POST', '/orchestrators/NotifyOnTask'],
    ['POST', '/orchestrators/NotifyOnTask/x'],
    ['GET', '/instances'],
    ['DELETE', '/instances?createdTimeFrom=2020-01-01'],
    ['GET', '/instances/x'],
    ['DELETE', '/instances/x'],
    ['POST', '/instances/x/raiseEvent/e'],
    ...['terminate', 'cancel', 'suspend', 'resume', 'rewind', 'restart'].map(
      (operation): [string, string] => ['POST', `/instances/x/${operation}`],
    ),
  ];

  it.each(everything)('%s %s wants a system key', async (method, path) => {
    const none = await api.ask(path, { method, headers: { 'x-functions-key': '' } });
    const wrong = await api.ask(path, { method, headers: { 'x-functions-key': 'guessed' } });
    const host = await api.ask(path, { method, headers: { 'x-functions-key': HOST_KEY } });
    expect([none.status, wrong.status, host.status]).toEqual([401, 401, 403]);
  });

  it('may come in the query, or as a bearer token', async () => {
    const { url } = api;
    const path = '/runtime/webhooks/durabletask/instances/nobody';
    const code = await fetch(`${url}${path}?code=${encodeURIComponent(SYSTEM_KEY)}`);
    const bearer = await fetch(url + path, { headers: { authorization: `Bearer ${SYSTEM_KEY}` } });
    expect([code.status, bearer.status]).toEqual([404, 404]);
  });

  it('opens nothing on the public port, where there is nothing', async () => {
    const env = { PORT: '0', LOG_LEVEL: 'silent', NATS_URL: api.nats.url, PUBLIC_URL: 'http://localhost' };
    const options = { name: 'status-api', config: StatusApiConfig, module: statusApiModule };
    const open = await startService(options, loadConfig(StatusApiConfig, env));
    try {
      for (const [method, path] of everything) {
        const address = `${await open.getUrl()}/runtime/webhooks/durabletask${path}`;
        const answer = await fetch(address, { method, headers: { 'x-functions-key': SYSTEM_KEY } });
        expect([path, answer.status]).toEqual([path, 404]);
      }
    } finally {
      await open.close();
    }
  });
});

describe('starting', () => {
  it('answers 202 with Location, Retry-After and the links, which carry the key', async () => {
    const answer = await api.post('/orchestrators/NotifyOnTask/release 7', TASK);
    const links = managementLinks('https://operators.example', 'release 7', SYSTEM_KEY);
    expect([answer.status, await answer.json()]).toEqual([202, links]);
    expect([answer.headers.get('location'), answer.headers.get('retry-after')]).toEqual([
      links.statusQueryGetUri,
      '10',
    ]);
    await api.reached('release 7', 'Running');
  });

  it('waits for the end where it is told to, as clients of Durable Functions do', async () => {
    const started = api.post('/orchestrators/NotifyOnTask/waited%20for?timeout=10&pollingInterval=1', TASK);
    await api.reached('waited for', 'Running');
    await api.client.raise('waited for', { name: 'finish' }, {});
    const answer = await started;
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { runtimeStatus: 'Completed', output: 'done' },
    ]);
    const early = await api.post('/orchestrators/NotifyOnTask?timeout=1', TASK);
    expect([early.status, await early.json()]).toMatchObject([
      202,
      { statusQueryGetUri: expect.any(String) },
    ]);
  });

  it('makes an id that nobody can guess', async () => {
    const { id } = (await (await api.post('/orchestrators/NotifyOnTask', TASK)).json()) as { id: string };
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each<[string, string, string | undefined, number, string | undefined]>([
    ['an unknown workflow', '/orchestrators/Nope', JSON.stringify(TASK), 404, undefined],
    ['an id that cannot be', '/orchestrators/NotifyOnTask/@x', JSON.stringify(TASK), 400, 'instanceId'],
    ['an input that does not fit', '/orchestrators/NotifyOnTask', '{"taskid":"1"}', 400, 'description'],
    ['broken JSON', '/orchestrators/NotifyOnTask', '{', 400, undefined],
    ['no input', '/orchestrators/NotifyOnTask', undefined, 400, undefined],
    [
      'a parameter that is not known',
      '/orchestrators/NotifyOnTask?colour=red',
      JSON.stringify(TASK),
      400,
      'colour',
    ],
  ])('refuses %s', async (_, path, body, status, field) => {
    const answer = await api.ask(path, { method: 'POST', ...(body !== undefined && { body }) });
    const problem = await problemOf(answer);
    expect([answer.status, problem.errors?.[0]?.field]).toEqual([status, field]);
  });

  it('refuses an id that is in use, and takes what clients of Durable Functions send along', async () => {
    const path = '/orchestrators/NotifyOnTask/mine?taskHub=h&connection=Storage';
    expect((await api.post(path, TASK)).status).toBe(202);
    expect((await api.post(path, TASK)).status).toBe(409);
  });
});

describe('the status', () => {
  it('is 202 with Location while the instance goes on', async () => {
    const id = await given('Running');
    const answer = await api.ask(`${instance(id)}?showHistory=false`);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(
      `https://operators.example/runtime/webhooks/durabletask${instance(id)}?showHistory=false`,
    );
    expect(answer.headers.get('retry-after')).toBe('5');
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
    expect(await answer.json()).toEqual({
      name: 'NotifyOnTask',
      instanceId: id,
      runtimeStatus: 'Running',
      input: TASK,
      customStatus: null,
      output: null,
      createdTime: time,
      lastUpdatedTime: time,
    });
  });

  it('is 200 once it has ended, with its output, and without its input where that is not wanted', async () => {
    const id = await given('Completed');
    const answer = await api.ask(`${instance(id)}?showInput=False`);
    expect([answer.status, answer.headers.has('location')]).toEqual([200, false]);
    expect(await answer.json()).toMatchObject({ runtimeStatus: 'Completed', output: 'done', input: null });
  });

  it('is 500 for a failure only where that is asked for', async () => {
    const id = await given('Failed');
    const asked = `${instance(id)}?returnInternalServerErrorOnFailure=true`;
    const [plain, error] = await Promise.all([api.ask(instance(id)), api.ask(asked)]);
    expect([plain.status, error.status]).toEqual([200, 500]);
    const body = await error.json();
    expect(body).toMatchObject({ runtimeStatus: 'Failed', output: 'It broke', error: { code: 'Broken' } });
    expect(body).toEqual(await plain.json());
    const terminated = `${instance(await given('Terminated'))}?returnInternalServerErrorOnFailure=true`;
    expect((await api.ask(terminated)).status).toBe(200);
  });

  it('is there from the instant of the start, before any coordinator looked (hazard 18)', async () => {
    const lonely = await RunningManagement.start();
    try {
      await lonely.begin('young', TASK);
      const answer = await lonely.ask(`${instance('young')}?showHistory=true`);
      expect(answer.status).toBe(202);
      expect(await answer.json()).toMatchObject({
        name: 'NotifyOnTask',
        runtimeStatus: 'Pending',
        input: TASK,
        historyEvents: [{ EventType: 'InputPending', Name: 'started' }],
      });
    } finally {
      await lonely.stop();
    }
  });

  it('tells the history, with inputs and results only where they are wanted', async () => {
    const id = await given('Running');
    await api.post(`${instance(id)}/suspend?reason=a%20moment`);
    await api.post(`${instance(id)}/resume`);
    await api.post(`${instance(id)}/raiseEvent/finish`, { by: 'me' });
    const ask = async (query: string) =>
      (
        (await (await api.ask(`${instance(id)}?showHistory=true${query}`)).json()) as {
          historyEvents: object[];
        }
      ).historyEvents;
    const all = await ask('&showHistoryOutput=true');
    expect(all).toMatchObject([
      { EventType: 'ExecutionStarted', FunctionName: 'NotifyOnTask', Input: TASK },
      { EventType: 'EventAwaited', Name: 'finish' },
      { EventType: 'ExecutionSuspended', Reason: 'a moment', By: 'operations' },
      { EventType: 'ExecutionResumed' },
      { EventType: 'EventRaised', Name: 'finish', Input: { by: 'me' } },
      { EventType: 'ExecutionCompleted', OrchestrationStatus: 'Completed', Result: 'done' },
    ]);
    expect(JSON.stringify(await ask('&showInput=false'))).not.toMatch(/"Input"|"Result"/);
  });

  it.each([
    ['showHistory=perhaps', 'showHistory'],
    ['showHistroy=true', 'showHistroy'],
  ])('refuses ?%s by name', async (query, field) => {
    const answer = await api.ask(`/instances/x?${query}`);
    expect([answer.status, (await problemOf(answer)).errors?.[0]?.field]).toEqual([400, field]);
  });
});

describe('raising an event', () => {
  it.each<[string, Json]>([
    ['an object', { fail: false }],
    ['a text', 'yes'],
    ['null', null],
    ['a number', 0],
  ])('takes %s, and keeps it until somebody waits', async (_, data) => {
    const id = await given('Running');
    const answer = await api.post(`${instance(id)}/raiseEvent/other`, data);
    expect([answer.status, await answer.text()]).toEqual([202, '']);
    const [, raised] = await api.logs.of(id).readFromLeader(new InstanceSubjects(0, id).input);
    expect(JSON.parse(raised!.body)).toEqual({ type: 'event', name: 'other', data });
  });

  it.each<[string, string, Record<string, string>]>([
    ['broken JSON', '{', {}],
    ['no body', '', {}],
    ['another type', '{}', { 'content-type': 'text/plain' }],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }],
  ])('refuses %s with 400', async (_, body, headers) => {
    const id = await given('Running');
    const answer = await api.ask(`${instance(id)}/raiseEvent/other`, { method: 'POST', body, headers });
    await problemOf(answer);
    expect(answer.status).toBe(400);
    expect(await api.logs.of(id).readFromLeader(new InstanceSubjects(0, id).input)).toHaveLength(1);
  });

  it('refuses a name or a value that is too long', async () => {
    const id = await given('Running');
    const long = await api.post(`${instance(id)}/raiseEvent/${'x'.repeat(129)}`, {});
    expect([long.status, (await problemOf(long)).errors?.[0]?.field]).toEqual([400, 'eventName']);
    expect((await api.post(`${instance(id)}/raiseEvent/x`, 'x'.repeat(300_000))).status).toBe(413);
  });

  it('takes the address in whatever case, with a slash at its end', async () => {
    const id = await given('Running');
    const path = `/RUNTIME/WebHooks/DurableTask/Instances/${encodeURIComponent(id)}/RaiseEvent/Finish/`;
    const headers = { 'x-functions-key': SYSTEM_KEY, 'content-type': 'application/json' };
    expect((await fetch(api.url + path, { method: 'POST', body: '{}', headers })).status).toBe(202);
    const [, raised] = await api.logs.of(id).readFromLeader(new InstanceSubjects(0, id).input);
    expect(JSON.parse(raised!.body)).toMatchObject({ name: 'Finish' });
  });
});

describe('what the state allows', () => {
  const table: [string, Parameters<typeof given>[0], number, string][] = [
    ['raiseEvent/e', 'Running', 202, 'Running'],
    ['raiseEvent/e', 'Suspended', 202, 'Suspended'],
    ['raiseEvent/e', 'Completed', 410, 'Completed'],
    ['raiseEvent/e', 'Failed', 410, 'Failed'],
    ['terminate', 'Running', 202, 'Terminated'],
    ['terminate', 'Suspended', 202, 'Terminated'],
    ['terminate', 'Completed', 410, 'Completed'],
    ['cancel', 'Running', 202, 'Canceled'],
    ['cancel', 'Terminated', 410, 'Terminated'],
    ['suspend', 'Running', 202, 'Suspended'],
    ['suspend', 'Suspended', 410, 'Suspended'],
    ['suspend', 'Failed', 410, 'Failed'],
    ['resume', 'Suspended', 202, 'Running'],
    ['resume', 'Running', 410, 'Running'],
    ['resume', 'Completed', 410, 'Completed'],
    ['rewind', 'Running', 410, 'Running'],
    ['rewind', 'Completed', 410, 'Completed'],
    ['rewind', 'Failed', 410, 'Failed'], // no activity of it failed: the journal refuses
    ['restart?restartWithNewInstanceId=false', 'Running', 410, 'Running'],
    ['restart?restartWithNewInstanceId=false', 'Completed', 202, 'Running'],
    ['restart?restartWithNewInstanceId=false', 'Failed', 202, 'Running'],
  ];

  it.each(table)('%s of an instance that is %s: %d, and it is %s', async (operation, status, code, then) => {
    const id = await given(status);
    const answer = await api.post(
      `${instance(id)}/${operation}`,
      operation.startsWith('raise') ? {} : undefined,
    );
    expect(answer.status).toBe(code);
    if (code === 410) expect((await problemOf(answer)).detail).toMatch(/is not|is |was /);
    expect((await statusOf(id))['runtimeStatus']).toBe(then);
  });

  it.each(['raiseEvent/e', 'terminate', 'cancel', 'suspend', 'resume', 'rewind', 'restart'])(
    '%s of an instance that is not: 404, and nothing is stored',
    async (operation) => {
      const answer = await api.post(
        `/instances/nobody/${operation}`,
        operation.startsWith('raise') ? {} : undefined,
      );
      await problemOf(answer);
      expect(answer.status).toBe(404);
      expect(await api.logs.of('nobody').readFromLeader(new InstanceSubjects(0, 'nobody').input)).toEqual([]);
    },
  );

  it.each(['raiseEvent/e', 'terminate', 'cancel', 'suspend', 'resume', 'rewind', 'restart'])(
    '%s of what cannot be an id: 400 by name',
    async (operation) => {
      const answer = await api.post(
        `/instances/@x/${operation}`,
        operation.startsWith('raise') ? {} : undefined,
      );
      expect([answer.status, (await problemOf(answer)).errors?.[0]?.field]).toEqual([400, 'instanceId']);
    },
  );

  it('the reason is in the output, and refused by name when it is too long', async () => {
    const id = await given('Running');
    const long = await api.post(`${instance(id)}/terminate?reason=${'x'.repeat(4001)}`);
    expect([long.status, (await problemOf(long)).errors?.[0]?.field]).toEqual([400, 'reason']);
    await api.post(`${instance(id)}/terminate?reason=no%20longer%20wanted`);
    expect((await statusOf(id))['output']).toBe('no longer wanted');
  });

  it('a rewind that the journal takes: 202', async () => {
    const id = `rewound ${++count}`;
    await api.begin(id, { call: true });
    await api.reached(id, 'Running');
    const { seq } = (await api.client.read(id))!;
    const failed = {
      type: 'failed',
      run: (await api.client.read(id))!.step!.run,
      n: 1,
      error: { code: 'X', message: 'x', retryable: false },
    };
    const n = (await api.client.read(id))!.step!.tasks![0]!;
    const subject = new InstanceSubjects(0, id).input;
    await api.logs.of(id).publish({ subject, body: JSON.stringify({ ...failed, n }) });
    await api.reached(id, 'Failed');
    expect((await api.post(`${instance(id)}/rewind?reason=fixed`)).status).toBe(202);
    expect((await statusOf(id))['runtimeStatus']).toBe('Running');
    expect((await api.client.read(id))!.seq).toBeGreaterThan(seq);
  });

  it('is 202 as long as nobody is there to say what became of it', async () => {
    const lonely = await RunningManagement.start();
    try {
      await lonely.begin('waiting');
      expect((await lonely.post('/instances/waiting/suspend')).status).toBe(202);
    } finally {
      await lonely.stop();
    }
  }, 15_000);
});

describe('restarting', () => {
  it('starts another instance with the same workflow and input, and gives its id', async () => {
    const id = await given('Running');
    const answer = await api.post(`${instance(id)}/restart`);
    const links = (await answer.json()) as { id: string; statusQueryGetUri: string };
    expect(answer.status).toBe(202);
    expect(links.id).not.toBe(id);
    expect(answer.headers.get('location')).toBe(links.statusQueryGetUri);
    expect(await statusOf(links.id)).toMatchObject({ name: 'NotifyOnTask', input: TASK });
    expect((await statusOf(id))['runtimeStatus']).toBe('Running');
  });

  it('under the same id is a new run of the same instance', async () => {
    const id = await given('Completed');
    const before = (await api.client.read(id))!.step!;
    const answer = await api.post(`${instance(id)}/restart?restartWithNewInstanceId=false`);
    expect(await answer.json()).toMatchObject({ id });
    const after = (await api.client.read(id))!.step!;
    expect([after.status, after.createdAt]).toEqual(['Running', before.createdAt]);
    expect(after.run).toBeGreaterThan(before.run);
  });
});

describe('purging', () => {
  it('deletes an instance that has ended, and says so when it is gone', async () => {
    const id = await given('Completed');
    const answer = await api.ask(instance(id), { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toEqual([200, { instancesDeleted: 1 }]);
    expect((await api.ask(instance(id))).status).toBe(404);
    expect((await api.ask(instance(id), { method: 'DELETE' })).status).toBe(404);
    expect((await api.post(`/orchestrators/NotifyOnTask/${id}`, TASK)).status).toBe(202);
  });

  it.each(['Running', 'Suspended'] as const)('leaves one that is %s: 409', async (status) => {
    const id = await given(status);
    const answer = await api.ask(instance(id), { method: 'DELETE' });
    expect([answer.status, (await problemOf(answer)).detail]).toEqual([
      409,
      expect.stringContaining('Terminate it first'),
    ]);
    expect((await statusOf(id))['runtimeStatus']).toBe(status);
  });

  it('never takes what went on since it was seen to have ended (hazard 12)', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await given('Completed');
      const [purge, restart] = await Promise.all([
        api.ask(instance(id), { method: 'DELETE' }),
        api.post(`${instance(id)}/restart?restartWithNewInstanceId=false`),
      ]);
      const left = await api.client.read(id, Infinity);
      if (restart.status === 202) expect([purge.status, left?.status]).toEqual([409, 'Running']);
      else expect([purge.status, left]).toEqual([200, undefined]);
    }
  });

  it('deletes those of a list that have ended', async () => {
    const from = new Date().toISOString();
    const ids = await Promise.all(
      (['Completed', 'Failed', 'Terminated', 'Running'] as const).map((status) => given(status)),
    );
    const purge = (query: string) =>
      api.ask(`/instances?createdTimeFrom=${from}${query}`, { method: 'DELETE' });
    const failed = await purge('&runtimeStatus=Failed,Running');
    expect([failed.status, await failed.json()]).toEqual([200, { instancesDeleted: 1 }]);
    const rest = await purge('');
    expect([rest.status, await rest.json()]).toEqual([200, { instancesDeleted: 2 }]);
    expect((await purge('')).status).toBe(404);
    const left = await Promise.all(ids.map((id) => api.client.read(id)));
    expect(left.map((view) => view?.status)).toEqual([undefined, undefined, undefined, 'Running']);
  });

  it.each(['is listed', 'the purge is stored'])(
    'of a list leaves an instance that went on and ended otherwise before %s (hazard 12)',
    async (moment) => {
      const from = new Date().toISOString();
      const id = await given('Failed');
      const goOn = async () => {
        await api.client.control(id, { type: 'restart' });
        await api.client.raise(id, { name: 'finish' }, {});
        await api.reached(id, 'Completed');
      };
      const { client } = api;
      const method = moment === 'is listed' ? 'read' : 'control';
      const original = client[method].bind(client) as (...args: unknown[]) => Promise<never>;
      const spy = jest.spyOn(client, method).mockImplementationOnce(async (...args) => {
        spy.mockRestore();
        await goOn();
        return original(...args);
      });
      const query = `?createdTimeFrom=${from}&runtimeStatus=Failed`;
      expect((await api.ask(`/instances${query}`, { method: 'DELETE' })).status).toBe(404);
      expect((await statusOf(id))['runtimeStatus']).toBe('Completed');
    },
  );

  it.each([
    ['', 'createdTimeFrom'],
    ['?createdTimeFrom=yesterday', 'createdTimeFrom'],
    ['?createdTimeFrom=2020-01-01&runtimestatus=Failed', 'runtimestatus'],
    ['?createdTimeFrom=2020-01-01&runtimeStatus=failed', 'runtimeStatus'],
    ['?createdTimeFrom=2020-01-01&instanceIdPrefix=x', 'instanceIdPrefix'],
  ])('of a list refuses %s, which might mean less than it would delete', async (query, field) => {
    const answer = await api.ask(`/instances${query}`, { method: 'DELETE' });
    expect([answer.status, (await problemOf(answer)).errors?.[0]?.field]).toEqual([400, field]);
  });
});

describe('every operation raced against the end of the instance', () => {
  it.each([
    'raiseEvent/e',
    'terminate',
    'cancel',
    'suspend',
    'resume',
    'rewind',
    'restart?restartWithNewInstanceId=false',
  ])(
    '%s is taken or refused, and the answer is what the journal says',
    async (operation) => {
      const codes = new Set<number>();
      for (let round = 0; round < 15; round++) {
        const id = await given(operation === 'resume' && round % 2 ? 'Suspended' : 'Running');
        const finish = () => api.client.raise(id, { name: 'finish' }, { fail: operation === 'rewind' });
        const ask = () =>
          api.post(`${instance(id)}/${operation}`, operation.startsWith('raise') ? {} : undefined);
        const [answer] = await Promise.all(round % 3 ? [ask(), finish()] : [finish(), ask()].reverse());
        const code = (answer as Response).status;
        codes.add(code);
        const type = operation.split(/[/?]/)[0] === 'raiseEvent' ? 'event' : operation.split('?')[0];
        const subjects = new InstanceSubjects(0, id);
        const sent = (await api.logs.of(id).readFromLeader(subjects.input))
          .map(({ seq, body }) => ({ seq, ...(JSON.parse(body) as { type: string; name?: string }) }))
          .find((input) => input.type === type && input.name !== 'finish');
        const listed = (await api.logs.of(id).readFromLeader(subjects.step))
          .flatMap(({ body }) => (JSON.parse(body) as { inputs: { seq: number; outcome: string }[] }).inputs)
          .find(({ seq }) => seq === sent?.seq);
        const taken = listed !== undefined && ['applied', 'buffered'].includes(listed.outcome);
        expect([operation, round, code, taken]).toEqual([operation, round, taken ? 202 : 410, taken]);
      }
      expect([...codes].every((code) => code === 202 || code === 410)).toBe(true);
    },
    30_000,
  );
});

describe('when JetStream is away', () => {
  it('everything is 503, never a 404 and never a 202', async () => {
    const lonely = await RunningManagement.start();
    try {
      await lonely.nats.kill();
      const answers = await Promise.all([
        lonely.ask('/instances/x'),
        lonely.post('/instances/x/terminate'),
        lonely.post('/orchestrators/NotifyOnTask', TASK),
        lonely.ask('/instances/x', { method: 'DELETE' }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    } finally {
      await lonely.stop();
    }
  }, 30_000);
});
