import { InstanceSubjects, managementLinks } from '@countersign/contracts';
import { loadConfig, startService } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { statusApiModule } from '../app.module';
import { StatusApiConfig } from '../config';
import {
  HOST_KEY,
  instance,
  problemOf,
  RunningManagement,
  SYSTEM_KEY,
  TASK,
} from '../testing/running-management';

let api: RunningManagement;
beforeAll(async () => {
  api = await RunningManagement.start();
  await api.coordinate();
});
afterAll(() => api.stop());

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
    const id = await api.given('Running');
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
    const id = await api.given('Completed');
    const answer = await api.ask(`${instance(id)}?showInput=False`);
    expect([answer.status, answer.headers.has('location')]).toEqual([200, false]);
    expect(await answer.json()).toMatchObject({ runtimeStatus: 'Completed', output: 'done', input: null });
  });

  it('is 500 for a failure only where that is asked for', async () => {
    const id = await api.given('Failed');
    const asked = `${instance(id)}?returnInternalServerErrorOnFailure=true`;
    const [plain, error] = await Promise.all([api.ask(instance(id)), api.ask(asked)]);
    expect([plain.status, error.status]).toEqual([200, 500]);
    const body = await error.json();
    expect(body).toMatchObject({ runtimeStatus: 'Failed', output: 'It broke', error: { code: 'Broken' } });
    expect(body).toEqual(await plain.json());
    const terminated = `${instance(await api.given('Terminated'))}?returnInternalServerErrorOnFailure=true`;
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
    const id = await api.given('Running');
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
    const id = await api.given('Running');
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
    const id = await api.given('Running');
    const answer = await api.ask(`${instance(id)}/raiseEvent/other`, { method: 'POST', body, headers });
    await problemOf(answer);
    expect(answer.status).toBe(400);
    expect(await api.logs.of(id).readFromLeader(new InstanceSubjects(0, id).input)).toHaveLength(1);
  });

  it('refuses a name or a value that is too long', async () => {
    const id = await api.given('Running');
    const long = await api.post(`${instance(id)}/raiseEvent/${'x'.repeat(129)}`, {});
    expect([long.status, (await problemOf(long)).errors?.[0]?.field]).toEqual([400, 'eventName']);
    expect((await api.post(`${instance(id)}/raiseEvent/x`, 'x'.repeat(300_000))).status).toBe(413);
  });

  it('takes the address in whatever case, with a slash at its end', async () => {
    const id = await api.given('Running');
    const path = `/RUNTIME/WebHooks/DurableTask/Instances/${encodeURIComponent(id)}/RaiseEvent/Finish/`;
    const headers = { 'x-functions-key': SYSTEM_KEY, 'content-type': 'application/json' };
    expect((await fetch(api.url + path, { method: 'POST', body: '{}', headers })).status).toBe(202);
    const [, raised] = await api.logs.of(id).readFromLeader(new InstanceSubjects(0, id).input);
    expect(JSON.parse(raised!.body)).toMatchObject({ name: 'Finish' });
  });
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
  });
});
