/** The Durable Functions HTTP API with every process running: documented paths and payloads, by plain HTTP. */
import { createHash } from 'node:crypto';
import { decision, MANAGEMENT_PREFIX } from '@countersign/contracts';
import { eventually } from '@countersign/testing';
import { filled, Management } from './support/management';
import { ANNA, BEN, isClosed, Office, tokenIn, wordsOf } from './support/office';
import { requester } from './support/request';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let office: Office;
let management: Management;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
  management = new Management(stack);
});
afterEach(() => office.fault({ target: 'flexdeploy', mode: 'off' }));
afterAll(() => stack?.dispose());

const task = (taskid: string) => ({ taskid, description: `Release ${taskid} goes to PROD` });

/** Starts an approval, and resolves when its message is in Slack. */
async function waiting(taskid: string, id?: string) {
  const links = await management.started('NotifyOnTask', task(taskid), id);
  return { links, id: links.id, message: await office.messageOf(links.id) };
}

/** An approval that ended by itself. */
async function completed(taskid: string, id?: string): Promise<string> {
  const started = await waiting(taskid, id);
  await office.click(started.message, { action: 'approve', user: ANNA });
  expect(await management.ended(started.id)).toMatchObject({ runtimeStatus: 'Completed' });
  return started.id;
}

describe('the payload of a start leads to everything', () => {
  it('has the documented links, in the body and in Location', async () => {
    const answer = await management.ask('POST', '/orchestrators/NotifyOnTask/payload', task('payload'));
    const instance = `${management.prefix}/instances/payload`;
    const code = `code=${encodeURIComponent(stack.keys.systemKey)}`;
    expect([answer.status, answer.body]).toEqual([
      202,
      {
        id: 'payload',
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
    expect(answer.headers.get('location')).toBe(`${instance}?${code}`);
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  });

  it('to the status, which is 202 until the event is raised that decides', async () => {
    const { links, message } = await waiting('by-event');
    const running = await management.follow('GET', links.statusQueryGetUri);
    expect([running.status, running.headers.get('location')]).toEqual([202, links.statusQueryGetUri]);
    expect(running.body).toMatchObject({
      name: 'NotifyOnTask',
      instanceId: links.id,
      runtimeStatus: 'Running',
      input: task('by-event'),
      customStatus: { stage: 'waiting' },
      output: null,
    });
    const hash = createHash('sha256').update(tokenIn(message)).digest('hex');
    const raise = filled(links.sendEventPostUri, { eventName: decision.of(hash).name });
    const click = { action: 'approve', by: ANNA, channel: 'operations' };
    expect((await management.follow('POST', raise, click)).status).toBe(202);
    await management.ended(links.id);
    const ended = await management.follow('GET', links.statusQueryGetUri);
    expect([ended.status, ended.body]).toMatchObject([
      200,
      { runtimeStatus: 'Completed', output: { kind: 'approved', by: ANNA } },
    ]);
    expect((await office.task('by-event'))?.calls).toMatchObject([{ action: 'approve', status: 200 }]);
  });

  it('to a rest: what is decided while it is suspended is carried out when it is resumed', async () => {
    const { id, links, message } = await waiting('suspended');
    const suspend = filled(links.suspendPostUri, { text: 'a freeze' });
    expect((await management.follow('POST', suspend)).status).toBe(202);
    expect(await office.status(id)).toMatchObject({ status: 'Suspended' });
    await office.click(message, { action: 'approve', user: ANNA });
    expect(await office.status(id)).toMatchObject({
      status: 'Suspended',
      customStatus: { stage: 'waiting' },
    });
    expect(await office.task('suspended')).toBeUndefined();
    const resume = filled(links.resumePostUri, { text: 'over' });
    expect((await management.follow('POST', resume)).status).toBe(202);
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
    expect((await office.task('suspended'))?.calls).toHaveLength(1);
  });

  it('to its end at once: nothing is decided afterwards', async () => {
    const { id, links, message } = await waiting('terminated');
    const terminate = filled(links.terminatePostUri, { text: 'a mistake' });
    expect((await management.follow('POST', terminate)).status).toBe(202);
    expect(await management.status(id)).toMatchObject({ runtimeStatus: 'Terminated', output: 'a mistake' });
    await office.click(message, { action: 'approve' });
    expect(await office.status(id)).toMatchObject({ status: 'Terminated', result: null });
    expect(await office.task('terminated')).toBeUndefined();
  });

  it('to nothing: it is purged, for everybody', async () => {
    const { id, links } = await waiting('purged');
    expect((await management.follow('DELETE', links.purgeHistoryDeleteUri)).status).toBe(409);
    await management.follow('POST', filled(links.terminatePostUri, {}));
    const purged = await management.follow('DELETE', links.purgeHistoryDeleteUri);
    expect([purged.status, purged.body]).toEqual([200, { instancesDeleted: 1 }]);
    expect((await management.follow('GET', links.statusQueryGetUri)).status).toBe(404);
    expect((await office.request('GET', `/api/status/${id}`)).status).toBe(404);
    expect((await management.follow('DELETE', links.purgeHistoryDeleteUri)).status).toBe(404);
    expect((await management.ask('GET', `/instances?instanceIdPrefix=${id}`)).body).toEqual([]);
  });
});

it('cancels: the token is revoked and the message says so', async () => {
  const { id, message } = await waiting('cancelled');
  expect((await management.post(id, 'cancel?reason=withdrawn')).status).toBe(202);
  expect(await management.ended(id)).toMatchObject({ runtimeStatus: 'Canceled' });
  await office.messageOf(id, isClosed);
  const late = await office.request('POST', `/approvals/${tokenIn(message)}`, { action: 'approve' });
  expect([409, 410]).toContain(late.status);
  expect(await office.task('cancelled')).toBeUndefined();
});

it('rewinds: a decision that FlexDeploy refused for good reaches it once', async () => {
  const { id, links, message } = await waiting('rewound');
  await office.fault({ target: 'flexdeploy', mode: 'unauthorized' });
  await office.click(message, { action: 'approve', user: ANNA });
  expect(await management.ended(id)).toMatchObject({
    runtimeStatus: 'Failed',
    error: { code: 'FlexDeployUnauthorized' },
  });
  const asError = `${links.statusQueryGetUri}&returnInternalServerErrorOnFailure=true`;
  expect((await management.follow('GET', asError)).status).toBe(500);
  await office.fault({ target: 'flexdeploy', mode: 'off' });

  const rewind = filled(links.rewindPostUri, { text: 'the password is right now' });
  expect((await management.follow('POST', rewind)).status).toBe(202);

  expect(await office.ended(id)).toMatchObject({
    status: 'Completed',
    result: { kind: 'approved', by: ANNA },
  });
  expect((await office.task('rewound'))?.calls).toMatchObject([{ action: 'approve', status: 200 }]);
  expect(await office.messagesOf(id)).toHaveLength(1);
  const updated = await office.messageOf(id, (seen) => wordsOf(seen).includes('Approved by'));
  expect(wordsOf(updated)).toContain('Approved by *Anna Lindqvist*');
  const history = await management.history(id);
  expect(history).toContainEqual(
    expect.objectContaining({ EventType: 'ExecutionRewound', Reason: 'the password is right now' }),
  );
  const done = history.flatMap(({ EventType, FunctionName }) =>
    EventType === 'TaskCompleted' ? [FunctionName] : [],
  );
  // Nothing that had succeeded was done again; the message was changed twice, to other words.
  for (const once of ['tokens.save', 'slack.postApproval', 'tokens.claim', 'flexdeploy.approveTask'])
    expect([once, done.filter((name) => name === once).length]).toEqual([once, 1]);
  expect((await management.follow('POST', rewind)).status).toBe(410);
});

describe('a restart', () => {
  it('with a new id is another instance from the same input', async () => {
    const first = await completed('again');
    const answer = await management.post(first, 'restart');
    const { id } = answer.body as { id: string };
    expect(answer.status).toBe(202);
    expect(id).not.toBe(first);
    await office.messageOf(id);
    expect(await management.status(id)).toMatchObject({ runtimeStatus: 'Running', input: task('again') });
    expect(await management.status(first)).toMatchObject({ runtimeStatus: 'Completed' });
  });

  it('with the same id begins anew: what was asked before decides nothing', async () => {
    const { id, message: before } = await waiting('anew');
    const restart = 'restart?restartWithNewInstanceId=false';
    expect((await management.post(id, restart)).status).toBe(410);
    await management.post(id, 'terminate?reason=first');
    const answer = await management.post(id, restart);
    expect([answer.status, answer.body]).toMatchObject([202, { id }]);
    const message = await eventually(async () =>
      (await office.messagesOf(id)).find(({ ts }) => ts !== before.ts),
    );
    await office.click(before, { action: 'reject', user: BEN });
    expect(await office.status(id)).toMatchObject({ status: 'Running', customStatus: { stage: 'waiting' } });
    await office.click(message, { action: 'approve', user: ANNA });
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { by: ANNA } });
    expect((await office.task('anew'))?.calls).toMatchObject([{ action: 'approve', status: 200 }]);
    const types = (await management.history(id)).map(({ EventType }) => EventType);
    expect(types).toEqual(expect.arrayContaining(['ExecutionTerminated', 'ExecutionRestarted']));
  });
});

describe('lists', () => {
  const ids = (pages: readonly (readonly { instanceId: string }[])[]) =>
    pages.flat().map(({ instanceId }) => instanceId);

  it('stay right by their continuation tokens while new instances start', async () => {
    const there: string[] = [];
    for (let i = 0; i < 7; i++)
      there.push((await management.started('NotifyOnTask', task('l'), `list-${i}`)).id);
    await Promise.all(there.map((id) => management.reached(id, 'Running')));
    let newcomers = 0;
    // Their ids come before, between and after those that are there.
    const between = async () => {
      for (const id of ['list--', 'list-3-', 'list-9-'])
        await management.reached(
          (await management.started('NotifyOnTask', task('l'), `${id}${newcomers++}`)).id,
          'Running',
        );
    };
    const pages = await management.pages('instanceIdPrefix=list-&top=3', between);
    expect(pages.map((page) => page.length)).toEqual([3, 3, 1]);
    expect(ids(pages)).toEqual(there);
    expect(newcomers).toBe(6);
    const all = await management.pages('instanceIdPrefix=list-&top=100', () => Promise.resolve());
    expect(ids(all)).toHaveLength(7 + 6);
  });

  it('are searched by status, workflow, time and text, with inputs or without', async () => {
    const from = new Date().toISOString();
    const [done, running] = [await completed('find-done', 'find-1'), (await waiting('find-me', 'find-2')).id];
    const list = async (query: string) =>
      (await management.pages(`createdTimeFrom=${from}&${query}`, () => Promise.resolve())).flat();
    expect(ids([await list('')])).toEqual([done, running]);
    expect(ids([await list('runtimeStatus=Completed')])).toEqual([done]);
    expect(ids([await list('runtimeStatus=Running,Pending')])).toEqual([running]);
    expect(ids([await list('q=find-me')])).toEqual([running]);
    expect(ids([await list('workflow=QueryAudit')])).toEqual([]);
    expect((await list('')).map(({ input }) => input)).toEqual([task('find-done'), task('find-me')]);
    expect((await list('showInput=false')).map(({ input }) => input)).toEqual([null, null]);
  });

  it('are purged by what selects them', async () => {
    const from = new Date().toISOString();
    const [done, running] = [await completed('mass-done'), (await waiting('mass-running')).id];
    const ended = await Promise.all(['a', 'b', 'c'].map((name) => waiting(`mass-${name}`)));
    await Promise.all(ended.map(({ id }) => management.post(id, 'terminate')));
    const purge = () =>
      management.ask('DELETE', `/instances?createdTimeFrom=${from}&runtimeStatus=Terminated,Running`);
    const answer = await purge();
    expect([answer.status, answer.body]).toEqual([200, { instancesDeleted: 3 }]);
    for (const { id } of ended) expect((await office.request('GET', `/api/status/${id}`)).status).toBe(404);
    expect(await management.status(done)).toMatchObject({ runtimeStatus: 'Completed' });
    expect(await management.status(running)).toMatchObject({ runtimeStatus: 'Running' });
    expect((await purge()).status).toBe(404);
  });
});

it('shows history, its results and inputs to who asks for each', async () => {
  const id = await completed('history');
  const plain = await management.status(id);
  expect(plain).not.toHaveProperty('historyEvents');
  expect(plain.input).toEqual(task('history'));
  expect((await management.status(id, '?showInput=false')).input).toBeNull();
  const events = await management.history(id);
  expect(events[0]).toMatchObject({ EventType: 'ExecutionStarted', Input: task('history') });
  expect(events.at(-1)).toMatchObject({ EventType: 'ExecutionCompleted', Result: { kind: 'approved' } });
  const saved = { EventType: 'TaskCompleted', FunctionName: 'tokens.save' };
  expect(events).toContainEqual(expect.objectContaining({ ...saved, Result: expect.anything() as unknown }));
  const bare = await management.status(id, '?showHistory=true&showInput=false');
  expect(bare.historyEvents).toContainEqual(expect.objectContaining(saved));
  for (const event of bare.historyEvents ?? []) {
    expect(event).not.toHaveProperty('Result');
    expect(event).not.toHaveProperty('Input');
  }
});

describe('what the state does not allow is refused and changes nothing', () => {
  const OF_RUNNING = ['terminate', 'cancel', 'suspend', 'resume', 'raiseEvent/x'];

  it('410 on an instance that has ended', async () => {
    const id = await completed('over');
    const before = await management.status(id);
    for (const operation of [...OF_RUNNING, 'rewind'])
      expect([operation, (await management.post(id, operation, {})).status]).toEqual([operation, 410]);
    expect(await management.status(id)).toEqual(before);
  });

  it('410 on one that goes on, and 409 for its purge', async () => {
    const { id } = await waiting('going-on');
    for (const operation of ['rewind', 'restart?restartWithNewInstanceId=false'])
      expect([operation, (await management.post(id, operation)).status]).toEqual([operation, 410]);
    expect((await management.ask('DELETE', `/instances/${id}`)).status).toBe(409);
    expect((await management.post(id, 'raiseEvent/x', '{"broken')).status).toBe(400);
    expect(await management.status(id)).toMatchObject({ runtimeStatus: 'Running' });
  });

  it('404 on one that never was', async () => {
    for (const operation of [...OF_RUNNING, 'rewind', 'restart'])
      expect([operation, (await management.post('nobody', operation, {})).status]).toEqual([operation, 404]);
    expect((await management.ask('GET', '/instances/nobody')).status).toBe(404);
    expect((await management.ask('POST', '/orchestrators/Nonsense', {})).status).toBe(404);
  });
});

describe('keys', () => {
  const ROUTES = [
    ['POST', '/orchestrators/NotifyOnTask'],
    ['GET', '/instances'],
    ['DELETE', '/instances?createdTimeFrom=2020-01-01'],
    ['GET', '/instances/keyed'],
    ['DELETE', '/instances/keyed'],
    ...[...['terminate', 'cancel', 'suspend', 'resume', 'rewind', 'restart'], 'raiseEvent/x'].map(
      (operation) => ['POST', `/instances/keyed/${operation}`] as const,
    ),
  ] as const;

  it('of the system open management, others do not; nothing happens', async () => {
    await waiting('keyed', 'keyed');
    const before = await management.status('keyed');
    const { functionKey, hostKey } = stack.keys;
    for (const [method, path] of ROUTES)
      for (const [key, expected] of [
        ['', 401],
        ['guessed', 401],
        [functionKey, 403],
        [hostKey, 403],
      ] as const) {
        const { status } = await management.ask(method, path, undefined, { 'x-functions-key': key });
        expect([method, path, key, status]).toEqual([method, path, key, expected]);
      }
    expect(await management.status('keyed')).toEqual(before);
  });

  it('do not open it on the port of the public status, nor the status on its own', async () => {
    await waiting('ports', 'ports');
    const headers = { 'x-functions-key': stack.keys.systemKey };
    const publicPort = requester(stack.urls['status-api']);
    for (const [method, path] of ROUTES) {
      const { status } = await publicPort(method, MANAGEMENT_PREFIX + path, undefined, headers);
      expect([method, path, status]).toEqual([method, path, 404]);
    }
    expect((await publicPort('GET', '/api/status/ports')).status).toBe(202);
    const managementPort = requester(stack.urls.management);
    expect((await managementPort('GET', '/api/status/ports', undefined, headers)).status).toBe(404);
  });
});
