/** The activity, with real requests, against a local server that speaks Google's wire. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SendPush } from '@countersign/contracts';
import type { ActivityContext } from '@countersign/jetstream';
import { contextOf, freePort } from '@countersign/testing';
import { PushNotifierConfig } from './config';
import { AccessTokens } from './fcm/access-tokens.client';
import { FcmClient } from './fcm/fcm.client';
import { SendPushHandler } from './send-push';
import { answer, GoogleStandIn, PROJECT, refusal, sent, silence } from './testing/google-stand-in';

const push: SendPush = { regId: 'device-1', stage: 'received', title: 'Order received', body: 'Thank you.' };
const context = (more: Partial<ActivityContext> = {}) =>
  contextOf('order-7', 1, { deadline: Date.now() + 60_000, ...more });

let google: GoogleStandIn;
let dir: string;
let file: string;
let tokens: AccessTokens;
beforeAll(async () => {
  google = await GoogleStandIn.start();
  dir = await mkdtemp(join(tmpdir(), 'countersign-push-'));
  file = join(dir, 'account.json');
});
beforeEach(async () => {
  google.reset();
  await google.writeAccount(file);
  tokens = await tokensOf();
});
afterEach(() => tokens.onModuleDestroy());
afterAll(async () => {
  await google.stop();
  await rm(dir, { recursive: true });
});

const configOf = (more: Partial<PushNotifierConfig> = {}) =>
  Object.assign(new PushNotifierConfig(), { fcmUrl: google.url, serviceAccountFile: file, ...more });
async function tokensOf(): Promise<AccessTokens> {
  const made = new AccessTokens(configOf());
  await made.onModuleInit();
  return made;
}
const send = (given: ActivityContext = context(), fcmUrl = google.url) =>
  new SendPushHandler(new FcmClient(tokens, configOf({ fcmUrl }))).send(push, given);

describe('a push', () => {
  it('is sent to the device by the service account, and says which order and which stage', async () => {
    google.script(sent('m1'));
    expect(await send()).toEqual({ outcome: 'sent', name: 'projects/shop/messages/m1' });
    const [{ path, authorization, message }] = google.sends as [(typeof google.sends)[number]];
    expect([path, authorization]).toEqual([`/v1/projects/${PROJECT}/messages:send`, 'Bearer token-1']);
    expect(message).toMatchObject({
      token: 'device-1',
      notification: { title: 'Order received', body: 'Thank you.' },
      data: { orderId: 'order-7', stage: 'received' },
    });
  });

  it('replaces itself on the device when it is repeated, and no other one', async () => {
    google.script(sent('m1'));
    const first = context();
    await send(first);
    await send({ ...first, attempt: 2 });
    await send(contextOf('order-7', 2, { deadline: Date.now() + 60_000 }));
    const keys = google.sends.map(({ message: { android, apns, webpush } }) => [
      android.collapse_key,
      android.notification.tag,
      apns.headers['apns-collapse-id'],
      webpush.headers['Topic'],
    ]);
    const [key] = keys[0] as [string];
    expect(key).toMatch(/^[\w-]{32}$/);
    expect(keys.slice(0, 2)).toEqual([
      [key, key, key, key],
      [key, key, key, key],
    ]);
    expect(keys[2]).not.toContain(key);
  });

  it('is reported before it is sent, so that an attempt whose process dies counts', async () => {
    google.script(sent('m1'));
    const progress = jest.fn(async () => expect(google.sends).toEqual([]));
    await send(context({ progress }));
    expect(progress).toHaveBeenCalledWith({ stage: 'sending' });
  });
});

describe('the access token', () => {
  beforeEach(() => google.script(sent('m')));

  it('is asked for with a JWT that the service account has signed', async () => {
    const now = Date.now() / 1000;
    await send();
    const [{ header, claims }] = google.assertions as [(typeof google.assertions)[number]];
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: google.account.private_key_id });
    expect(claims).toEqual({
      iss: google.account.client_email,
      scope: 'https://www.googleapis.com/auth/firebase.messaging',
      aud: google.tokenUri,
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    const { iat, exp } = claims as { iat: number; exp: number };
    expect([Math.abs(iat - now) < 60, exp - iat]).toEqual([true, 3600]);
  });

  it('is used for many pushes, and asked for once by many at the same time', async () => {
    await Promise.all([send(), send(), send()]);
    await send();
    expect(google.assertions).toHaveLength(1);
    expect(new Set(google.sends.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer token-1']),
    );
  });

  it('is renewed before it ends', async () => {
    google.tokenLife = 59;
    await send();
    await send();
    expect(google.sends.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('is renewed once when FCM does not accept it', async () => {
    google.script(refusal(401, 'UNAUTHENTICATED', 'Request had invalid credentials.'), sent('m'));
    expect(await send()).toMatchObject({ outcome: 'sent' });
    expect(google.sends.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('is not renewed again and again', async () => {
    google.script(refusal(401, 'UNAUTHENTICATED', 'Request had invalid credentials.'));
    await expect(send()).rejects.toMatchObject({
      code: 'FcmUnauthorized',
      retryable: false,
      message: expect.stringContaining('check FCM_SERVICE_ACCOUNT_FILE'),
    });
    expect(google.sends).toHaveLength(2);
  });

  it('is refused for good where the key was deleted, and given with the new key without a restart', async () => {
    google.rotate();
    await expect(send()).rejects.toMatchObject({
      code: 'FcmUnauthorized',
      retryable: false,
      message: expect.stringContaining('Invalid JWT Signature.'),
    });
    await google.writeAccount(file);
    await tokens.reload();
    expect(await send()).toMatchObject({ outcome: 'sent' });
  });

  it('may be had later when the token endpoint is down, limits, or is out of reach', async () => {
    google.tokenAnswers = [answer(503, 'down'), answer(429, '{}'), silence];
    for (const why of ['503', '429', 'cannot be reached'])
      await expect(send()).rejects.toMatchObject({
        code: 'FcmUnavailable',
        retryable: true,
        message: expect.stringContaining(why),
      });
    expect(google.sends).toEqual([]);
    expect(await send()).toMatchObject({ outcome: 'sent' });
  });
});

describe('a device that is not there', () => {
  it.each([
    [
      'any more',
      refusal(404, 'NOT_FOUND', 'Requested entity was not found.', { errorCode: 'UNREGISTERED' }),
      'UNREGISTERED: Requested entity was not found.',
    ],
    [
      'and never was',
      refusal(400, 'INVALID_ARGUMENT', 'The registration token is not a valid FCM registration token', {
        errorCode: 'INVALID_ARGUMENT',
      }),
      'INVALID_ARGUMENT: The registration token is not a valid FCM registration token',
    ],
    [
      'by the field that FCM names',
      refusal(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.', {
        errorCode: 'INVALID_ARGUMENT',
        field: 'message.token',
      }),
      'INVALID_ARGUMENT: Request contains an invalid argument.',
    ],
  ])('%s is an outcome', async (_, refused, reason) => {
    google.script(refused);
    expect(await send()).toEqual({ outcome: 'unregistered', reason });
    expect(google.sends).toHaveLength(1);
  });
});

describe('fails for good', () => {
  it.each([
    [
      'where the device is of another project',
      refusal(403, 'PERMISSION_DENIED', 'SenderId mismatch', { errorCode: 'SENDER_ID_MISMATCH' }),
      'FcmRefused',
      'another Firebase project than shop',
    ],
    [
      'where the service account may not send',
      refusal(403, 'PERMISSION_DENIED', 'Permission denied'),
      'FcmUnauthorized',
      'role',
    ],
    [
      'where Apple refuses, without renewing the token',
      refusal(401, 'UNAUTHENTICATED', 'Auth error from APNS', { errorCode: 'THIRD_PARTY_AUTH_ERROR' }),
      'FcmUnauthorized',
      'APNs key',
    ],
    ['where there is no such project', refusal(404, 'NOT_FOUND', 'Not found.'), 'FcmRefused', 'project shop'],
    [
      'where the message is wrong, not the device',
      refusal(400, 'INVALID_ARGUMENT', 'Invalid registration token or data', {
        errorCode: 'INVALID_ARGUMENT',
        field: 'message.data[0].value',
      }),
      'FcmRefused',
      'FCM answered 400',
    ],
    ['where another 400 comes', answer(400, 'rubbish'), 'FcmRefused', 'rubbish'],
  ])('%s', async (_, refused, code, says) => {
    google.script(refused);
    const message = expect.stringContaining(says);
    await expect(send()).rejects.toMatchObject({ code, retryable: false, message });
    expect(google.sends).toHaveLength(1);
  });
});

describe('may succeed later', () => {
  const unavailable = { code: 'FcmUnavailable', retryable: true };

  it.each([
    ['429', refusal(429, 'RESOURCE_EXHAUSTED', 'Too many', { errorCode: 'QUOTA_EXCEEDED' })],
    ['500', refusal(500, 'INTERNAL', 'Internal error', { errorCode: 'INTERNAL' })],
    ['503', refusal(503, 'UNAVAILABLE', 'Overloaded', { errorCode: 'UNAVAILABLE' })],
    ['a redirect to a login page', answer(302, '', { location: 'https://login.example' })],
    ['a page of a proxy', answer(200, '<html>Welcome</html>')],
    ['a broken connection', silence],
  ])('after %s', async (_, refused) => {
    google.script(refused);
    await expect(send()).rejects.toMatchObject(unavailable);
    expect(google.sends).toHaveLength(1);
  });

  it('when nobody listens', async () => {
    const nobody = `http://127.0.0.1:${await freePort()}`;
    await expect(send(context(), nobody)).rejects.toMatchObject(unavailable);
  });

  it.each([
    ['in seconds', '1'],
    ['that asks for none', '0'],
    ['as a date that is over', 'Thu, 01 Jan 2026 00:00:00 GMT'],
  ])('waits in the same attempt for a Retry-After %s', async (_, retryAfter) => {
    google.script(
      refusal(429, 'RESOURCE_EXHAUSTED', 'Too many', {}, { 'retry-after': retryAfter }),
      sent('m'),
    );
    expect(await send()).toMatchObject({ outcome: 'sent' });
    expect(google.sends).toHaveLength(2);
  });

  it('leaves a Retry-After that the attempt has no time for to the next attempt', async () => {
    google.script(refusal(429, 'RESOURCE_EXHAUSTED', 'Too many', {}, { 'retry-after': '60' }));
    await expect(send()).rejects.toMatchObject(unavailable);
    expect(google.sends).toHaveLength(1);
  });

  it('stops waiting when the attempt is given up', async () => {
    google.script((response) => {
      refusal(429, 'RESOURCE_EXHAUSTED', 'Too many', {}, { 'retry-after': '40' })(response);
      attempt.abort();
    });
    const attempt = new AbortController();
    await expect(send(context({ signal: attempt.signal }))).rejects.toThrow();
    expect(google.sends).toHaveLength(1);
  });
});

describe('a file that is no service account', () => {
  it.each([
    ['not there', undefined, 'cannot be read: ENOENT'],
    ['not JSON', 'not JSON', 'it is not JSON'],
    ['without fields', '{"project_id": "shop"}', 'it has no client_email, private_key, token_uri'],
  ])('%s is refused at boot', async (_, text, says) => {
    const other = join(dir, 'other.json');
    await rm(other, { force: true });
    if (text !== undefined) await writeFile(other, text);
    const made = new AccessTokens(configOf({ serviceAccountFile: other }));
    await expect(made.onModuleInit()).rejects.toThrow(says);
    await expect(made.onModuleInit()).rejects.toThrow('FCM_SERVICE_ACCOUNT_FILE');
  });

  it('with a key that is none is refused without repeating it', async () => {
    await google.writeAccount(file, { private_key: 'secret rubbish' });
    const error: unknown = await tokensOf().catch((reason: unknown) => reason);
    expect(String(error)).toContain('private_key is no RSA key in PEM');
    expect(String(error)).not.toContain('rubbish');
  });
});
