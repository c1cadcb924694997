/** The activities over real HTTP, against a local server with scripted answers. */
import { loadConfig } from '@countersign/service';
import { freePort, contextOf } from '@countersign/testing';
import { FlexDeployConfig } from './config';
import { DecideTaskHandlers } from './decide-task';
import { FlexDeployClient } from './flexdeploy/flexdeploy.client';
import { ReadTaskHandler } from './read-task';
import { answer, breakOff, FlexDeployStandIn, hang } from './testing/flexdeploy-stand-in';

const TASKS = '/flexdeploy/rest/v1/tasks/approval';
const INPUT = { taskId: '8900', notes: 'Approved by Ada' };
const PENDING = { taskId: 8900, status: 'PENDING', notes: null };

let flexdeploy: FlexDeployStandIn;
beforeAll(async () => {
  flexdeploy = await FlexDeployStandIn.start();
});
afterAll(() => flexdeploy.stop());
beforeEach(() => flexdeploy.reset());

const client = (env: Record<string, string> = {}) =>
  new FlexDeployClient(
    loadConfig(FlexDeployConfig, {
      FLEXDEPLOY_URL: flexdeploy.url,
      FLEXDEPLOY_USER: 'joel',
      FLEXDEPLOY_PASSWORD: 'pässword',
      ...env,
    }),
  );
const read = (taskId = '8900', flexDeployClient = client()) =>
  new ReadTaskHandler(flexDeployClient).read({ taskId }, contextOf('i'));
const approve = (attempt = 1, input: { taskId: string; notes?: string } = INPUT) =>
  new DecideTaskHandlers(client()).approve(input, contextOf('i', 9, { attempt }));
const reject = () => new DecideTaskHandlers(client()).reject(INPUT, contextOf('i', 9));

/** What FlexDeploy says of a task that our request has decided. */
const decidedByUs = () => ({
  ...PENDING,
  status: 'APPROVED',
  notes: (flexdeploy.calls[0]?.body as { notes: string }).notes,
});

describe('flexdeploy.readTask', () => {
  it('tells state and notes of a task', async () => {
    flexdeploy.script('GET', answer(200, { taskId: 8900, status: 'PENDING', notes: 'urgent', links: [] }));
    expect(await read()).toEqual({ found: true, taskId: '8900', status: 'PENDING', notes: 'urgent' });
    expect(flexdeploy.lines()).toEqual([`GET ${TASKS}/8900`]);
  });

  it('tells that there is no such task', async () => {
    flexdeploy.script('GET', answer(404));
    expect(await read()).toEqual({ found: false });
  });

  it('logs in with a password, or with a token in its place', async () => {
    flexdeploy.script('GET', answer(200, PENDING));
    await read();
    await read('8900', client({ FLEXDEPLOY_PASSWORD: '', FLEXDEPLOY_TOKEN: 'wA5h-or8' }));
    const credentials = flexdeploy.calls.map(({ authorization = '' }) =>
      Buffer.from(authorization.replace('Basic ', ''), 'base64').toString(),
    );
    expect(credentials).toEqual(['joel:pässword', 'joel:wA5h-or8']);
  });

  it('goes to a configured path', async () => {
    flexdeploy.script('GET', answer(200, PENDING));
    await read(
      '8900',
      client({ FLEXDEPLOY_URL: `${flexdeploy.url}/sandbox/`, FLEXDEPLOY_BASE_PATH: '/rest/v2' }),
    );
    expect(flexdeploy.lines()).toEqual(['GET /sandbox/rest/v2/tasks/approval/8900']);
  });

  it('never lets an id lead elsewhere', async () => {
    flexdeploy.script('GET', answer(404));
    await read('../../project?x=1#y');
    expect(flexdeploy.lines()).toEqual([`GET ${TASKS}/..%2F..%2Fproject%3Fx%3D1%23y`]);
    expect(await read('..')).toEqual({ found: false });
    expect(await read('.')).toEqual({ found: false });
    expect(flexdeploy.calls).toHaveLength(1);
  });

  it('can be tried again when the answer is no task, such as a proxy’s page', async () => {
    flexdeploy.script('GET', answer(200, '<html>Back soon</html>'));
    await expect(read()).rejects.toMatchObject({
      code: 'FlexDeployUnavailable',
      retryable: true,
      message: expect.stringContaining('Back soon'),
    });
  });
});

describe('flexdeploy.approveTask and rejectTask', () => {
  it.each([200, 201, 202, 204])('take %i as done', async (status) => {
    flexdeploy.script('PUT', answer(status));
    expect(await approve()).toEqual({ outcome: 'applied' });
    expect(await reject()).toEqual({ outcome: 'applied' });
    expect(flexdeploy.lines()).toEqual([`PUT ${TASKS}/approve/8900`, `PUT ${TASKS}/reject/8900`]);
  });

  it('say in the notes who decided, with a signature that is the same on every attempt', async () => {
    flexdeploy.script('PUT', answer(200));
    flexdeploy.script('GET', answer(200, PENDING));
    await approve();
    await approve(2);
    const notes = flexdeploy.calls.filter(({ line }) => line.startsWith('PUT')).map(({ body }) => body);
    expect(notes[0]).toEqual({
      notes: expect.stringMatching(/^Approved by Ada \[countersign [0-9a-f]{16}\]$/),
    });
    expect(notes[1]).toEqual(notes[0]);
  });

  it('find a task that was decided in FlexDeploy, and say how', async () => {
    flexdeploy.script('PUT', answer(400, 'Task is not pending'));
    flexdeploy.script('GET', answer(200, { ...PENDING, status: 'REJECTED', notes: 'no way' }));
    expect(await approve()).toEqual({ outcome: 'already-decided', status: 'REJECTED' });
  });

  it('recognise their own decision when the answer to it was lost', async () => {
    flexdeploy.script('PUT', breakOff);
    await expect(approve()).rejects.toMatchObject({ code: 'FlexDeployUnavailable', retryable: true });
    flexdeploy.script('GET', answer(200, decidedByUs()));
    expect(await approve(2)).toEqual({ outcome: 'applied' });
    expect(flexdeploy.lines()).toEqual([`PUT ${TASKS}/approve/8900`, `GET ${TASKS}/8900`]);
  });

  it('recognise their own decision although the attempt that made it was not counted', async () => {
    flexdeploy.script('PUT', breakOff, answer(409, 'already approved'));
    await expect(approve()).rejects.toMatchObject({ retryable: true });
    flexdeploy.script('GET', answer(200, decidedByUs()));
    expect(await approve(1)).toEqual({ outcome: 'applied' });
  });

  it('decide on a repeated attempt what is still open, or not there yet', async () => {
    flexdeploy.script('PUT', answer(200));
    flexdeploy.script('GET', answer(200, PENDING), answer(404));
    expect(await approve(2)).toEqual({ outcome: 'applied' });
    expect(await approve(3)).toEqual({ outcome: 'applied' });
  });

  it.each([400, 405, 409, 422])('fail for good on a %i while the task is pending', async (status) => {
    flexdeploy.script('PUT', answer(status, `No.\n${'x'.repeat(10_000)}`));
    flexdeploy.script('GET', answer(200, PENDING));
    const error: unknown = await approve().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'FlexDeployRefused', retryable: false });
    expect((error as Error).message).toContain(`(${status}), which is still pending: No. xxx`);
    expect((error as Error).message.length).toBeLessThan(700);
  });

  it('fail for good, and say so, when there is no such task', async () => {
    flexdeploy.script('PUT', answer(404));
    const error = { code: 'FlexDeployTaskNotFound', retryable: false };
    await expect(approve()).rejects.toMatchObject(error);
    await expect(approve(1, { taskId: '..' })).rejects.toMatchObject(error);
    expect(flexdeploy.lines()).toEqual([`PUT ${TASKS}/approve/8900`]);
  });
});

describe('when FlexDeploy is in trouble, each activity', () => {
  const activities: [string, () => Promise<unknown>][] = [
    ['readTask', () => read()],
    ['approveTask', () => approve()],
    ['rejectTask', () => reject()],
  ];

  it.each(activities)('%s can be tried again after 5xx, 408, 429 and redirects', async (_name, call) => {
    for (const status of [500, 502, 503, 504, 408, 429, 302]) {
      const login = answer(status, 'busy', { location: `${flexdeploy.url}/login` });
      flexdeploy.script('PUT', login);
      flexdeploy.script('GET', login);
      await expect(call()).rejects.toMatchObject({ code: 'FlexDeployUnavailable', retryable: true });
    }
    expect(flexdeploy.lines().some((line) => line.includes('login'))).toBe(false);
  });

  it.each(activities)('%s fails for good on 401 and 403, and says what to check', async (_name, call) => {
    for (const status of [401, 403]) {
      flexdeploy.script('PUT', answer(status));
      flexdeploy.script('GET', answer(status));
      await expect(call()).rejects.toMatchObject({
        code: 'FlexDeployUnauthorized',
        retryable: false,
        message: expect.stringContaining('FLEXDEPLOY_USER'),
      });
    }
  });

  it('can be tried again when nobody listens', async () => {
    await expect(
      read('8900', client({ FLEXDEPLOY_URL: `http://127.0.0.1:${await freePort()}` })),
    ).rejects.toMatchObject({
      code: 'FlexDeployUnavailable',
      retryable: true,
      message: expect.stringContaining('cannot be reached'),
    });
  });

  it('stops waiting when its attempt is given up', async () => {
    const attempt = new AbortController();
    flexdeploy.script('PUT', (response, call) => {
      hang(response, call);
      attempt.abort(new Error('given up'));
    });
    const context = contextOf('i', 9, { signal: attempt.signal });
    await expect(new DecideTaskHandlers(client()).approve(INPUT, context)).rejects.toMatchObject({
      code: 'FlexDeployUnavailable',
      retryable: true,
    });
  });
});

describe('the settings', () => {
  const settings = { FLEXDEPLOY_URL: 'http://flexdeploy:8000', FLEXDEPLOY_USER: 'joel' };

  it('need a password or a token', () => {
    expect(() => loadConfig(FlexDeployConfig, settings)).toThrow(
      /FLEXDEPLOY_PASSWORD is missing.*\n.*FLEXDEPLOY_TOKEN is missing/,
    );
    expect(loadConfig(FlexDeployConfig, { ...settings, FLEXDEPLOY_TOKEN: 't' }).basePath).toBe(
      '/flexdeploy/rest/v1',
    );
  });
});
