import type { FakeIngestion } from '../testing/fake-ingestion';
import { FLEXDEPLOY, type RunningSandbox, startWithIngestion } from '../testing/start-sandbox';

let ingestion: FakeIngestion;
let sandbox: RunningSandbox;
beforeAll(async () => {
  ({ ingestion, sandbox } = await startWithIngestion());
});
afterAll(() => sandbox.stop());
beforeEach(async () => {
  await sandbox.call('POST', 'api/reset');
  ingestion.reset();
});

const basic = (user: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
});
const ALLOWED = basic(FLEXDEPLOY.user, FLEXDEPLOY.password);
const rest = (method: string, path: string, body?: unknown, headers: Record<string, string> = ALLOWED) =>
  sandbox.call(method, `flexdeploy/rest/v1/tasks/approval${path}`, body, headers);
const create = (body: object) => sandbox.call('POST', 'api/flexdeploy/tasks', body);
const tasks = async () => (await sandbox.call('GET', 'api/flexdeploy/tasks')).body;

describe('the stand-in FlexDeploy', () => {
  it.each([
    ['user and password', ALLOWED],
    ['user and API token', basic(FLEXDEPLOY.user, FLEXDEPLOY.token)],
    ['API token as Bearer', { authorization: `Bearer ${FLEXDEPLOY.token}` }],
  ])('lets in %s', async (_what, headers) => {
    expect((await rest('GET', '', undefined, headers)).status).toBe(200);
  });

  it.each([
    ['nobody', {}],
    ['another password', basic(FLEXDEPLOY.user, 'guess')],
    ['another user', basic('root', FLEXDEPLOY.password)],
    ['the password as Bearer', { authorization: `Bearer ${FLEXDEPLOY.password}` }],
  ])('refuses %s with 401 and changes nothing', async (_what, headers) => {
    const { status, headers: answered } = await rest('PUT', '/approve/8900', { notes: 'x' }, headers);
    expect([status, answered.get('www-authenticate')]).toEqual([401, 'Basic realm="FlexDeploy"']);
    expect(await tasks()).toEqual([]);
  });

  it('shows a task that waits, and 404 for one that is not there', async () => {
    await create({ taskId: '8900', description: 'Deploy to PROD' });
    const { status, body } = await rest('GET', '/8900');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { taskId: 8900, status: 'PENDING', requestType: 'Release' },
    });
    expect((await rest('GET', '/8901')).status).toBe(404);
  });

  it('approves with notes and records the call', async () => {
    await create({ taskId: '8900', description: 'Deploy to PROD' });
    const { status, body } = await rest('PUT', '/approve/8900', { notes: 'Approved by Ada' });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: 'APPROVED', notes: 'Approved by Ada' },
    });
    expect(await tasks()).toMatchObject([
      {
        taskId: '8900',
        description: 'Deploy to PROD',
        status: 'APPROVED',
        notes: 'Approved by Ada',
        decidedBy: FLEXDEPLOY.user,
        calls: [{ at: expect.stringMatching(/^\d{4}-.+Z$/), action: 'approve', status: 200 }],
      },
    ]);
  });

  it('creates an unknown task on the fly when it is decided', async () => {
    expect((await rest('PUT', '/reject/any%2Fid')).status).toBe(200);
    expect(await tasks()).toMatchObject([
      { taskId: 'any/id', status: 'REJECTED', calls: [{ action: 'reject' }] },
    ]);
  });

  it('refuses a second decision with 400, and records that it was asked for', async () => {
    await rest('PUT', '/approve/8900', { notes: 'first' });
    const { status, body } = await rest('PUT', '/reject/8900', { notes: 'second' });
    expect({ status, body }).toEqual({
      status: 400,
      body: { status: 400, message: 'Task 8900 cannot be changed: it is APPROVED' },
    });
    expect(await tasks()).toMatchObject([
      {
        status: 'APPROVED',
        notes: 'first',
        calls: [
          { action: 'approve', status: 200 },
          { action: 'reject', status: 400 },
        ],
      },
    ]);
  });

  it('lets one of many decisions at the same time win', async () => {
    const kinds = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'approve' : 'reject'));
    const answers = await Promise.all(kinds.map((kind) => rest('PUT', `/${kind}/8900`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('searches by the fields of a task', async () => {
    await create({ taskId: '1', description: 'a' });
    await create({ taskId: '2', description: 'b' });
    expect((await rest('GET', '?externalId=2')).body).toMatchObject([{ taskId: 2 }]);
    expect((await rest('GET', '?status=APPROVED')).body).toEqual([]);
    expect((await rest('GET', '?requestType=Release&environmentId=1')).body).toHaveLength(2);
  });
});

describe('a task that is raised in the sandbox', () => {
  it('gets the next free number and stays quiet unless asked to notify', async () => {
    await create({ taskId: '8901', description: 'taken' });
    expect(await create({ description: 'x' })).toMatchObject({
      status: 201,
      body: { taskId: '8902', status: 'PENDING' },
    });
    expect(ingestion.received).toEqual([]);
  });

  it('starts its approval at ingestion and keeps the link to its status', async () => {
    const location = 'https://countersign.example/api/status/abc';
    ingestion.answer = { status: 202, body: '{"id":"abc"}', headers: { location } };
    const { body } = await create({ taskId: '8900', description: 'Deploy', notify: true });
    expect(body).toMatchObject({ taskId: '8900', raised: { status: 202, location } });
    expect(ingestion.received).toMatchObject([
      {
        method: 'POST',
        path: '/api/orchestrators/NotifyOnTask',
        headers: { 'content-type': 'application/json' },
      },
    ]);
    expect(JSON.parse(ingestion.received[0]?.body ?? '')).toEqual({ taskid: '8900', description: 'Deploy' });
  });

  it('says so when ingestion refuses it', async () => {
    ingestion.answer = { status: 503, body: 'storage' };
    const { status, body } = await create({ description: 'Deploy', notify: true });
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { raised: { status: 503, body: 'storage' } },
    });
  });

  it('is refused when its number is taken or its description missing', async () => {
    await create({ taskId: '1', description: 'a' });
    expect((await create({ taskId: '1', description: 'b' })).status).toBe(409);
    expect(await create({ taskId: '2' })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'description' }] },
    });
    expect(await tasks()).toMatchObject([{ taskId: '1', description: 'a' }]);
  });

  it('can be decided past Slack, once', async () => {
    await create({ taskId: '1', description: 'a' });
    const decide = (taskId: string) =>
      sandbox.call('POST', `api/flexdeploy/tasks/${taskId}/decide`, { action: 'reject', by: 'Chiara Rossi' });
    expect(await decide('1')).toMatchObject({
      status: 200,
      body: { status: 'REJECTED', decidedBy: 'Chiara Rossi' },
    });
    expect((await decide('1')).status).toBe(409);
    expect((await decide('2')).status).toBe(404);
  });
});
