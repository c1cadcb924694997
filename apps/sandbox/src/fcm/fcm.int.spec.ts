import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeIngestion } from '../testing/fake-ingestion';
import { assertionOf, makeKey, PROJECT, writeServiceAccount } from '../testing/service-account';
import { type Answered, type RunningSandbox, startWithIngestion } from '../testing/start-sandbox';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const now = Math.floor(Date.now() / 1000);
const key = makeKey();

let folder: string;
let ingestion: FakeIngestion;
let sandbox: RunningSandbox;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sandbox-'));
  const file = join(folder, 'account.json');
  writeServiceAccount(file, key);
  ({ ingestion, sandbox } = await startWithIngestion({ FCM_SERVICE_ACCOUNT_FILE: file }));
});
afterAll(async () => {
  await sandbox.stop();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await sandbox.call('POST', 'api/reset');
  ingestion.reset({ status: 202, body: '{}' });
});

async function grant(fields: Record<string, string>): Promise<Answered> {
  const response = await fetch(`${sandbox.url}/sandbox/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(fields),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
const granted = (assertion: string) => grant({ grant_type: GRANT, assertion });

async function accessToken(): Promise<string> {
  return ((await granted(assertionOf(key))).body as { access_token: string }).access_token;
}

const MESSAGE = {
  token: 'annas-phone',
  notification: { title: 'Received', body: 'Thank you' },
  data: { orderId: 'o/1', stage: 'processing' },
};
const send = async (
  message: unknown,
  { token, project = PROJECT }: { token?: string; project?: string } = {},
) =>
  sandbox.call(
    'POST',
    `fcm/v1/projects/${project}/messages:send`,
    { message },
    { authorization: `Bearer ${token ?? (await accessToken())}` },
  );
const pushes = async () => (await sandbox.call('GET', 'api/fcm/pushes')).body as { name: string }[];

describe('the stand-in token endpoint', () => {
  it('gives a token for an hour to the service account that it knows', async () => {
    expect(await granted(assertionOf(key))).toMatchObject({
      status: 200,
      body: { access_token: expect.any(String), expires_in: 3600, token_type: 'Bearer' },
    });
  });

  it.each<[string, () => string, string]>([
    ['signed with another key', () => assertionOf(makeKey()), 'invalid_grant'],
    ['not signed at all', () => assertionOf(key, {}, { alg: 'none' }).replace(/[^.]+$/, ''), 'invalid_grant'],
    ['of somebody else', () => assertionOf(key, { iss: 'mallory@example.com' }), 'invalid_grant'],
    ['for another place', () => assertionOf(key, { aud: 'https://elsewhere.example' }), 'invalid_grant'],
    ['that has ended', () => assertionOf(key, { iat: now - 7200, exp: now - 3600 }), 'invalid_grant'],
    ['of tomorrow', () => assertionOf(key, { iat: now + 86_400, exp: now + 90_000 }), 'invalid_grant'],
    ['that would live too long', () => assertionOf(key, { exp: now + 86_400 }), 'invalid_grant'],
    ['that never ends', () => assertionOf(key, { exp: undefined }), 'invalid_grant'],
    ['for something else', () => assertionOf(key, { scope: 'https://mail.google.com/' }), 'invalid_scope'],
    ['that is none', () => 'x', 'invalid_grant'],
  ])('refuses an assertion %s', async (_what, assertion, error) => {
    expect(await granted(assertion())).toMatchObject({
      status: 400,
      body: { error, error_description: expect.any(String) },
    });
  });

  it('refuses every other grant', async () => {
    expect(await grant({ grant_type: 'password' })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    });
  });
});

describe('the stand-in FCM', () => {
  it('pushes to the device and names the message', async () => {
    const { status, body } = await send({ ...MESSAGE, android: { notification: { tag: 't' } } });
    const name = expect.stringMatching(`^projects/${PROJECT}/messages/.+`);
    expect({ status, body }).toEqual({ status: 200, body: { name } });
    expect(await pushes()).toEqual([
      {
        name: (body as { name: string }).name,
        token: 'annas-phone',
        at: expect.stringMatching(/^\d{4}-.+Z$/),
        title: 'Received',
        body: 'Thank you',
        data: MESSAGE.data,
        tag: 't',
      },
    ]);
  });

  it.each([
    ['no token', { token: '' }, 401, 'UNAUTHENTICATED'],
    ['a token of its own making', { token: 'ya29.guess' }, 401, 'UNAUTHENTICATED'],
    ['another project', { project: 'other' }, 403, 'PERMISSION_DENIED'],
  ])('refuses %s', async (_what, how, code, status) => {
    expect(await send(MESSAGE, how)).toMatchObject({ status: code, body: { error: { code, status } } });
    expect(await pushes()).toEqual([]);
  });

  it('forgets its tokens with everything else, so that a client must ask for another', async () => {
    const token = await accessToken();
    expect((await send(MESSAGE, { token })).status).toBe(200);
    await sandbox.call('POST', 'api/reset');
    expect((await send(MESSAGE, { token })).status).toBe(401);
  });

  it.each([
    ['nobody to send to', { token: undefined }, 'message'],
    ['a registration that cannot be one', { token: 'with space' }, 'message.token'],
    ['data that is no text', { data: { count: 1 } }, 'message.data'],
    ['data under a reserved name', { data: { from: 'x' } }, 'message.data'],
    ['a title that is no text', { notification: { title: 1 } }, 'message.notification'],
    ['too much', { data: { all: 'x'.repeat(4096) } }, 'message'],
    ['a field that is not there', { priority: 'high' }, 'message'],
    ['no notification but a text', { notification: 'x' }, 'message.notification'],
  ])('refuses %s with 400 INVALID_ARGUMENT', async (_what, wrong, field) => {
    expect(await send({ ...MESSAGE, ...wrong })).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 400,
          status: 'INVALID_ARGUMENT',
          details: [{ '@type': FCM_ERROR, errorCode: 'INVALID_ARGUMENT' }, { fieldViolations: [{ field }] }],
        },
      },
    });
    expect(await pushes()).toEqual([]);
  });

  it('knows no device that was unregistered, nor one that says so itself', async () => {
    const unregistered = {
      status: 404,
      body: {
        error: {
          code: 404,
          message: 'Requested entity was not found.',
          status: 'NOT_FOUND',
          details: [{ '@type': FCM_ERROR, errorCode: 'UNREGISTERED' }],
        },
      },
    };
    expect(await send({ ...MESSAGE, token: 'unregistered-1' })).toMatchObject(unregistered);
    expect((await send(MESSAGE)).status).toBe(200);
    await sandbox.call('POST', 'api/fcm/devices/annas-phone/unregister');
    expect(await send(MESSAGE)).toMatchObject(unregistered);
    expect(await pushes()).toHaveLength(1);
  });

  it.each([
    ['error', 503, undefined],
    ['rate-limit', 429, 'RESOURCE_EXHAUSTED'],
    ['unauthorized', 401, 'UNAUTHENTICATED'],
  ])('fails on demand, with its token endpoint: %s', async (mode, code, status) => {
    const token = await accessToken();
    await sandbox.call('POST', 'api/faults', { target: 'fcm', mode, status: 503 });
    const answer = await send(MESSAGE, { token });
    expect(answer.status).toBe(code);
    if (status !== undefined) expect(answer.body).toMatchObject({ error: { status } });
    expect((await granted(assertionOf(key))).status).toBe(code);
    expect(await pushes()).toEqual([]);
  });
});

describe('the app on the device', () => {
  const idOf = (push: { name: string } | undefined) => push?.name.split('/').at(-1);

  it.each([true, false])('answers to a push at ingestion: %s', async (approved) => {
    await send(MESSAGE);
    const [push] = await pushes();
    const answer = await sandbox.call('POST', `api/fcm/pushes/${idOf(push)}/answer`, { approved });
    expect(answer).toMatchObject({ status: 200, body: { status: 202 } });
    expect(ingestion.received).toMatchObject([{ method: 'POST', path: '/api/Approve/o%2F1' }]);
    expect(JSON.parse(ingestion.received[0]?.body ?? '')).toEqual({ approved });
    expect(await pushes()).toMatchObject([{ answered: { approved, answer: { status: 202 } } }]);
  });

  it('has nothing to answer where no order is named, and no push', async () => {
    await send({ ...MESSAGE, data: {} });
    const [push] = await pushes();
    const answer = (id = '') => sandbox.call('POST', `api/fcm/pushes/${id}/answer`, { approved: true });
    expect((await answer(idOf(push))).status).toBe(409);
    expect((await answer('none')).status).toBe(404);
    expect(ingestion.received).toEqual([]);
  });

  it('orders at ingestion', async () => {
    const order = { regId: 'annas-phone', item: 'Espresso machine' };
    expect((await sandbox.call('POST', 'api/fcm/orders', order)).body).toMatchObject({ status: 202 });
    expect(ingestion.received).toMatchObject([{ method: 'POST', path: '/api/orders' }]);
    expect(JSON.parse(ingestion.received[0]?.body ?? '')).toEqual({
      regId: 'annas-phone',
      items: [{ name: 'Espresso machine', quantity: 1 }],
    });
  });
});
