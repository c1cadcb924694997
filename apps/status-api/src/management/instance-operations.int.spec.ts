import { randomUUID } from 'node:crypto';
import { InstanceSubjects } from '@countersign/contracts';
import { instance, problemOf, RunningManagement, TASK } from '../testing/running-management';

let api: RunningManagement;
beforeAll(async () => {
  api = await RunningManagement.start();
  await api.coordinate();
});
afterAll(() => api.stop());

describe('what the state allows', () => {
  const table: [string, Parameters<RunningManagement['given']>[0], number, string][] = [
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
    const id = await api.given(status);
    const answer = await api.post(
      `${instance(id)}/${operation}`,
      operation.startsWith('raise') ? {} : undefined,
    );
    expect(answer.status).toBe(code);
    if (code === 410) expect((await problemOf(answer)).detail).toMatch(/is not|is |was /);
    expect((await api.statusOf(id))['runtimeStatus']).toBe(then);
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
    const id = await api.given('Running');
    const long = await api.post(`${instance(id)}/terminate?reason=${'x'.repeat(4001)}`);
    expect([long.status, (await problemOf(long)).errors?.[0]?.field]).toEqual([400, 'reason']);
    await api.post(`${instance(id)}/terminate?reason=no%20longer%20wanted`);
    expect((await api.statusOf(id))['output']).toBe('no longer wanted');
  });

  it('a rewind that the journal takes: 202', async () => {
    const id = `rewound ${randomUUID()}`;
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
    expect((await api.statusOf(id))['runtimeStatus']).toBe('Running');
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
  });
});

describe('restarting', () => {
  it('starts another instance with the same workflow and input, and gives its id', async () => {
    const id = await api.given('Running');
    const answer = await api.post(`${instance(id)}/restart`);
    const links = (await answer.json()) as { id: string; statusQueryGetUri: string };
    expect(answer.status).toBe(202);
    expect(links.id).not.toBe(id);
    expect(answer.headers.get('location')).toBe(links.statusQueryGetUri);
    expect(await api.statusOf(links.id)).toMatchObject({ name: 'NotifyOnTask', input: TASK });
    expect((await api.statusOf(id))['runtimeStatus']).toBe('Running');
  });

  it('under the same id is a new run of the same instance', async () => {
    const id = await api.given('Completed');
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
    const id = await api.given('Completed');
    const answer = await api.ask(instance(id), { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toEqual([200, { instancesDeleted: 1 }]);
    expect((await api.ask(instance(id))).status).toBe(404);
    expect((await api.ask(instance(id), { method: 'DELETE' })).status).toBe(404);
    expect((await api.post(`/orchestrators/NotifyOnTask/${id}`, TASK)).status).toBe(202);
  });

  it.each(['Running', 'Suspended'] as const)('leaves one that is %s: 409', async (status) => {
    const id = await api.given(status);
    const answer = await api.ask(instance(id), { method: 'DELETE' });
    expect([answer.status, (await problemOf(answer)).detail]).toEqual([
      409,
      expect.stringContaining('Terminate it first'),
    ]);
    expect((await api.statusOf(id))['runtimeStatus']).toBe(status);
  });

  it('never takes what went on since it was seen to have ended (hazard 12)', async () => {
    for (let round = 0; round < 20; round++) {
      const id = await api.given('Completed');
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
      (['Completed', 'Failed', 'Terminated', 'Running'] as const).map((status) => api.given(status)),
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
      const id = await api.given('Failed');
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
      expect((await api.statusOf(id))['runtimeStatus']).toBe('Completed');
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
        const id = await api.given(operation === 'resume' && round % 2 ? 'Suspended' : 'Running');
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
