/** Application 1 with every process running: what a person does, and what Slack and FlexDeploy then show. */
import { createHmac } from 'node:crypto';
import { eventually } from '@countersign/testing';
import { ANNA, BEN, isClosed, Office, tokenIn, wordsOf } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let office: Office;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
});
afterAll(() => stack?.dispose());

const APPROVED_ONCE = { status: 'APPROVED', calls: [{ action: 'approve', status: 200 }] };

describe('the way from a task to a decision', () => {
  it('approves: the task in FlexDeploy, the message with who and when, the status Completed', async () => {
    const started = await fetch(`${stack.url}/api/orchestrators/NotifyOnTask`, {
      method: 'POST',
      headers: { 'Content-type': 'application/json' },
      body: '{"taskid":"8900","description":"DiPocket v. is about to be deployed to PROD"}',
    });
    expect(started.status).toBe(202);
    const { id } = (await started.json()) as { id: string };
    expect(started.headers.get('location')).toBe(`${stack.url}/api/status/${id}`);
    const message = await office.messageOf(id);
    expect(wordsOf(message)).toContain('DiPocket v. is about to be deployed to PROD');
    expect(await office.task('8900')).toBeUndefined();

    expect(await office.click(message, { action: 'approve', user: ANNA })).toMatchObject([{ status: 200 }]);

    const status = await office.ended(id);
    expect(status).toMatchObject({
      status: 'Completed',
      result: { taskId: '8900', kind: 'approved', by: ANNA },
    });
    expect(await office.task('8900')).toMatchObject({
      ...APPROVED_ONCE,
      notes: expect.stringContaining('Anna Lindqvist'),
    });
    const [updated, ...others] = await office.messagesOf(id);
    expect(others).toEqual([]);
    expect(updated).toMatchObject({ ts: message.ts, actions: [] });
    const seconds = Math.floor(Date.parse(status.result?.at ?? '') / 1000);
    expect(wordsOf(updated!)).toContain('Approved by *Anna Lindqvist*');
    expect(wordsOf(updated!)).toContain(String(seconds));
  });

  it('rejects', async () => {
    const { id, message } = await office.raised('rejected');
    await office.click(message, { action: 'reject', user: BEN });
    expect(await office.ended(id)).toMatchObject({
      status: 'Completed',
      result: { kind: 'rejected', by: BEN },
    });
    expect(await office.task('rejected')).toMatchObject({
      status: 'REJECTED',
      calls: [{ action: 'reject', status: 200 }],
    });
    expect(wordsOf(await office.messageOf(id, isClosed))).toContain('Rejected by *Ben Carter*');
  });

  it('is reconciled when somebody decides in FlexDeploy itself', async () => {
    await office.createTask('elsewhere');
    const { id, message, token } = await office.raised('elsewhere', { reconcileSeconds: 1 });
    await office.decideInFlexDeploy('elsewhere', 'approve');
    expect(await office.ended(id)).toMatchObject({
      status: 'Completed',
      result: { kind: 'reconciled', note: 'APPROVED' },
    });
    expect(wordsOf(await office.messageOf(id, isClosed))).toContain('Decided elsewhere');
    await office.click(message, { action: 'reject' });
    expect((await office.request('GET', `/approvals/${token}`)).status).toBe(409);
    expect(await office.task('elsewhere')).toMatchObject(APPROVED_ONCE);
  });
});

describe('one decision at most', () => {
  it('counts five clicks of one person once', async () => {
    const { id, message } = await office.raised('double');
    const answers = await office.click(message, { action: 'approve', times: 5 });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
    expect(await office.task('double')).toMatchObject(APPROVED_ONCE);
    expect((await office.task('double'))?.calls).toHaveLength(1);
  });

  it('takes the first of two people who decide at once, and tells both', async () => {
    const { id, token } = await office.raised('two-people');
    const answers = await Promise.all([
      office.request('POST', `/approvals/${token}`, { action: 'approve', by: 'Anna' }),
      office.request('POST', `/approvals/${token}`, { action: 'reject', by: 'Ben' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    const winner = answers[0]?.status === 202 ? 'approve' : 'reject';
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'ApprovalUsed',
      decision: { action: winner },
    });
    const { result } = await office.ended(id);
    expect(result).toMatchObject({
      kind: winner === 'approve' ? 'approved' : 'rejected',
      by: { name: winner === 'approve' ? 'Anna' : 'Ben' },
    });
    expect((await office.task('two-people'))?.calls).toMatchObject([{ action: winner, status: 200 }]);
  });

  it('takes one of two people who press different buttons in Slack at once', async () => {
    const { id, message } = await office.raised('two-in-slack');
    await Promise.all([
      office.click(message, { action: 'approve', user: ANNA, times: 3 }),
      office.click(message, { action: 'reject', user: BEN, times: 3 }),
    ]);
    const { result } = await office.ended(id);
    const task = await office.task('two-in-slack');
    expect(task?.calls).toHaveLength(1);
    expect([
      ['approved', 'APPROVED', ANNA.name],
      ['rejected', 'REJECTED', BEN.name],
    ]).toContainEqual([result?.kind, task?.status, result?.by?.name]);
  });

  it('says 409 and who decided when the token was used, in Slack, on the page and over HTTP', async () => {
    const { id, message, token } = await office.raised('used');
    await office.click(message, { action: 'approve', user: ANNA });
    await office.ended(id);
    const [late] = await office.click(message, { action: 'reject', user: BEN });
    expect(late).toMatchObject({ status: 200, body: expect.stringContaining('Approved by Anna Lindqvist') });
    expect((await office.request('GET', `/approvals/${token}`)).status).toBe(409);
    expect((await office.request('POST', `/approvals/${token}`, { action: 'reject' })).status).toBe(409);
    const action = await office.request('POST', '/api/orchestrators/ActionOnToken', {
      token,
      action: 'reject',
    });
    expect(action).toMatchObject({
      status: 409,
      body: { code: 'ApprovalUsed', decision: { action: 'approve', by: ANNA } },
    });
    expect(await office.task('used')).toMatchObject(APPROVED_ONCE);
    expect((await office.task('used'))?.calls).toHaveLength(1);
  });
});

describe('an approval that nobody decided in time', () => {
  it('says so in Slack and answers 410 everywhere, and FlexDeploy hears nothing', async () => {
    const { id, message, token } = await office.raised('expired', { ttlSeconds: 3 });
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'expired' } });
    expect(wordsOf(await office.messageOf(id, isClosed))).toContain('Nobody decided before');

    const [late] = await office.click(message, { action: 'approve' });
    expect(late).toMatchObject({ status: 200, body: expect.stringContaining('expired') });
    expect((await office.request('GET', `/approvals/${token}`)).status).toBe(410);
    expect(await office.request('POST', `/approvals/${token}`, { action: 'approve' })).toMatchObject({
      status: 410,
      body: { code: 'ApprovalExpired' },
    });
    expect(
      await office.request('POST', '/api/orchestrators/ActionOnToken', { token, action: 'approve' }),
    ).toMatchObject({ status: 410 });
    expect(await office.status(id)).toMatchObject({ result: { kind: 'expired' } });
    expect(await office.task('expired')).toBeUndefined();
  });
});

describe('the approval page', () => {
  it('decides nothing by being looked at, however often', async () => {
    const { id, token } = await office.raised('looked-at');
    for (const method of ['GET', 'HEAD', 'GET', 'GET', 'HEAD'])
      expect((await office.request(method, `/approvals/${token}?action=approve`)).status).toBe(200);
    expect(await office.status(id)).toMatchObject({ status: 'Running', customStatus: { stage: 'waiting' } });
    expect(await office.task('looked-at')).toBeUndefined();
  });

  it('decides by its form, with Slack out of order', async () => {
    const { id, token } = await office.raised('by-page');
    await office.fault({ target: 'slack', mode: 'down' });
    try {
      const form = await office.request('POST', `/approvals/${token}`, 'action=approve&by=Dora&reason=', {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'text/html',
      });
      expect(form).toMatchObject({ status: 202, body: expect.stringContaining('Approved by Dora') });
      await eventually(
        () => office.task('by-page'),
        ({ status }) => status === 'APPROVED',
      );
    } finally {
      await office.fault({ target: 'slack', mode: 'off' });
    }
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { by: { name: 'Dora' } } });
    expect(wordsOf(await office.messageOf(id, isClosed))).toContain('Approved by *Dora*');
  });
});

describe('ActionOnToken', () => {
  const act = (body: object) => office.request('POST', '/api/orchestrators/ActionOnToken', body);

  it('decides, and says where to follow', async () => {
    const { id, token } = await office.raised('by-http');
    const answer = await act({ token, action: 'reject', by: 'A robot', reason: 'Freeze' });
    expect(answer).toMatchObject({ status: 202, body: { id } });
    expect(answer.headers.get('location')).toBe(`${stack.url}/api/status/${id}`);
    expect(await office.ended(id)).toMatchObject({ result: { kind: 'rejected', by: { name: 'A robot' } } });
    expect(await office.task('by-http')).toMatchObject({
      status: 'REJECTED',
      notes: expect.stringContaining('Freeze'),
    });
  });

  it('knows no token that was never made, nor another one of an instance that waits', async () => {
    const { id, token } = await office.raised('guessed');
    const forged = `${Buffer.alloc(32, 7).toString('base64url')}.${Buffer.from(id).toString('base64url')}`;
    for (const unknown of ['x.y', 'nonsense', forged, `${token}x`, `x${token}`]) {
      expect(await act({ token: unknown, action: 'approve' })).toMatchObject({ status: 404 });
      const page = `/approvals/${encodeURIComponent(unknown)}`;
      expect((await office.request('POST', page, { action: 'approve' })).status).toBe(404);
      expect((await office.request('GET', page)).status).toBe(404);
    }
    expect(await office.status(id)).toMatchObject({ status: 'Running' });
    expect(await office.task('guessed')).toBeUndefined();
  });

  it.each([
    ['another action', { token: 'x.y', action: 'postpone' }, 'action'],
    ['no action', { token: 'x.y' }, 'action'],
    ['no token', { action: 'approve' }, 'token'],
    ['an unknown field', { token: 'x.y', action: 'approve', force: true }, 'force'],
  ])('refuses %s', async (_, body, field) => {
    expect(await act(body)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });
});

describe("Slack's signature", () => {
  const press = (token: string) => ({
    type: 'block_actions',
    user: ANNA,
    actions: [{ action_id: 'approve', value: token }],
  });
  const send = (payload: unknown, headers: Record<string, string>) =>
    office.request('POST', '/slack/actions', bodyOf(payload), {
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    });
  const bodyOf = (payload: unknown) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const sign = (body: string, secret: string, age = 0) => {
    const timestamp = String(Math.floor(Date.now() / 1000) - age);
    const mac = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
    return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${mac}` };
  };

  it('is required: forged, old, missing or of another body, the click counts for nothing', async () => {
    const { id, token } = await office.raised('forged');
    const payload = press(token);
    const { slackSigningSecret } = stack.keys;
    for (const headers of [
      {},
      sign(bodyOf(payload), 'another secret'),
      sign(bodyOf(payload), slackSigningSecret, 301),
      sign(bodyOf({ ...payload, user: BEN }), slackSigningSecret),
      { ...sign(bodyOf(payload), slackSigningSecret), 'x-slack-signature': 'v0=' },
    ])
      expect((await send(payload, headers)).status).toBe(401);
    expect(await office.status(id)).toMatchObject({ status: 'Running', customStatus: { stage: 'waiting' } });
    expect(await office.task('forged')).toBeUndefined();
    // The same click, signed: what was refused above was the signature and nothing else.
    expect((await send(payload, sign(bodyOf(payload), slackSigningSecret))).status).toBe(200);
    expect(await office.ended(id)).toMatchObject({ result: { kind: 'approved' } });
  });
});

describe('starts', () => {
  const input = (taskid: unknown) => ({ taskid, description: 'A release goes to PROD' });

  it('with one Idempotency-Key and one body are one instance; another body is refused', async () => {
    const key = { 'Idempotency-Key': 'release-42' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => office.start(input('keyed'), key)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    const ids = new Set(answers.map(({ body }) => (body as { id: string }).id));
    expect(ids.size).toBe(1);
    expect((await office.start(input('other'), key)).status).toBe(422);
    const [id = ''] = ids;
    await office.messageOf(id);
    expect(await office.messagesOf(id)).toHaveLength(1);
    expect((await office.start(input('keyed'), key)).body).toMatchObject({ id });
  });

  it('with an id that is in use are refused, with where it is', async () => {
    expect((await office.start(input('own-id'), {}, 'release-7')).status).toBe(202);
    const second = await office.start(input('own-id'), {}, 'release-7');
    expect(second.status).toBe(409);
    expect(second.headers.get('location')).toBe(`${stack.url}/api/status/release-7`);
    await office.messageOf('release-7');
    expect(await office.messagesOf('release-7')).toHaveLength(1);
  });

  it.each([
    ['no taskid', { description: 'x' }, 400, 'taskid'],
    ['a taskid of another type', input({}), 400, 'taskid'],
    ['an empty taskid', input(' '), 400, 'taskid'],
    ['a description of another type', { taskid: '1', description: 7 }, 400, 'description'],
    ['a life of no length', { ...input('1'), ttlSeconds: 0 }, 400, 'ttlSeconds'],
    ['a life that is text', { ...input('1'), ttlSeconds: '60' }, 400, 'ttlSeconds'],
    ['an unknown field', { ...input('1'), approver: 'me' }, 400, 'approver'],
    ['a list', [], 400, undefined],
    ['broken JSON', '{"taskid": "8900", ', 400, undefined],
    ['no body', undefined, 400, undefined],
    ['a body of 1 MB', { taskid: '1', description: 'x'.repeat(2 ** 20) }, 413, undefined],
  ])('with %s are refused', async (_, body, status, field) => {
    const id = `refused-${refused++}`;
    const answer = await office.start(body, {}, id);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    if (field !== undefined) expect(answer.body).toMatchObject({ errors: [{ field }] });
    expect((await office.request('GET', `/api/status/${id}`)).status).toBe(404);
  });
  let refused = 0;

  it('of a workflow that nobody knows are refused', async () => {
    expect((await office.request('POST', '/api/orchestrators/Nonsense', {})).status).toBe(404);
  });
});

it('tells the public neither a token nor its hash', async () => {
  const { id, message } = await office.raised('secret');
  const { body } = await office.request('GET', `/api/status/${id}`);
  expect(body).toMatchObject({ customStatus: { stage: 'waiting' } });
  for (const secret of [tokenIn(message), message.metadata.event_payload.token_hash])
    expect(JSON.stringify(body)).not.toContain(secret);
});
