import { eventually } from '@countersign/testing';
import { ErrorCode } from '@slack/web-api';
import { FLEXDEPLOY, type RunningSandbox, startSandbox } from '../testing/start-sandbox';

let sandbox: RunningSandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());
afterEach(() => sandbox.call('POST', 'api/reset'));

const fail = (body: object) => sandbox.call('POST', 'api/faults', body);
const authorization = `Basic ${Buffer.from(`${FLEXDEPLOY.user}:${FLEXDEPLOY.password}`).toString('base64')}`;
const approve = (signal?: AbortSignal) =>
  fetch(`${sandbox.url}/sandbox/flexdeploy/rest/v1/tasks/approval/approve/1`, {
    method: 'PUT',
    headers: { authorization },
    ...(signal ? { signal } : {}),
  });
const tasks = async () => (await sandbox.call('GET', 'api/flexdeploy/tasks')).body;

describe('FlexDeploy on demand', () => {
  it('is down: the connection is cut and nothing happens', async () => {
    await fail({ target: 'flexdeploy', mode: 'down' });
    await expect(approve()).rejects.toMatchObject({
      cause: { code: expect.stringMatching(/UND_ERR_SOCKET|ECONNRESET/) },
    });
    expect(await tasks()).toEqual([]);
  });

  it.each([
    ['error', undefined, 500],
    ['error', 503, 503],
    ['rate-limit', undefined, 429],
    ['unauthorized', undefined, 401],
  ])('answers %s %s with %i and does nothing', async (mode, status, expected) => {
    await fail({ target: 'flexdeploy', mode, ...(status === undefined ? {} : { status }) });
    expect((await approve()).status).toBe(expected);
    expect(await tasks()).toEqual([]);
  });

  it('is slow: a client that gives up does not stop what it asked for', async () => {
    await fail({ target: 'flexdeploy', mode: 'slow' });
    await expect(approve(AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
    const patient = await approve();
    expect([patient.status, await tasks()]).toMatchObject([400, [{ status: 'APPROVED' }]]);
  });

  it('leaves Slack and the control API alone', async () => {
    await fail({ target: 'flexdeploy', mode: 'down' });
    expect(await sandbox.slack().auth.test()).toMatchObject({ ok: true });
    expect((await sandbox.call('GET', 'api/faults')).body).toEqual({
      slack: { mode: 'off' },
      flexdeploy: { mode: 'down', status: 500, requests: 0 },
      fcm: { mode: 'off' },
      mail: { mode: 'off' },
    });
  });

  it('counts the requests that meet it', async () => {
    await fail({ target: 'flexdeploy', mode: 'error' });
    await approve();
    await approve();
    expect((await sandbox.call('GET', 'api/faults')).body).toMatchObject({ flexdeploy: { requests: 2 } });
  });

  it('works again when the fault is switched off', async () => {
    await fail({ target: 'flexdeploy', mode: 'down' });
    await fail({ target: 'flexdeploy', mode: 'off' });
    expect((await approve()).status).toBe(200);
  });

  it('works again when the time is up, by itself', async () => {
    await fail({ target: 'flexdeploy', mode: 'error', seconds: 0.2 });
    expect((await approve()).status).toBe(500);
    await eventually(approve, ({ status }) => status !== 500);
    expect(await tasks()).toMatchObject([{ status: 'APPROVED' }]);
  });
});

describe('Slack on demand', () => {
  const post = () => sandbox.slack().chat.postMessage({ channel: 'general', text: 'x' });

  it.each([
    ['down', { code: ErrorCode.RequestError }],
    ['error', { code: ErrorCode.HTTPError, statusCode: 500 }],
    ['rate-limit', { code: ErrorCode.RateLimitedError, retryAfter: 1 }],
    ['unauthorized', { code: ErrorCode.PlatformError, data: { error: 'invalid_auth' } }],
  ])('fails as the SDK knows it: %s', async (mode, error) => {
    await fail({ target: 'slack', mode });
    await expect(post()).rejects.toMatchObject(error);
    expect((await sandbox.call('GET', 'api/slack/messages')).body).toEqual([]);
  });
});

it.each([
  [{ target: 'teams', mode: 'down' }, 'target'],
  [{ target: 'slack', mode: 'explode' }, 'mode'],
  [{ target: 'slack', mode: 'error', status: 200 }, 'status'],
  [{ target: 'slack', mode: 'down', seconds: -1 }, 'seconds'],
])('refuses %j', async (body, field) => {
  expect(await fail(body)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
});
