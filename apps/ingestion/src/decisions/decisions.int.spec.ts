import { type ApprovalStatus, decision, type Decision } from '@countersign/contracts';
import { makeToken } from '@countersign/service';
import type { AppliedInput, Input, Json } from '@countersign/workflow';
import { approvalSteps, aStep } from '@countersign/testing';
import { FUNCTION_KEY, HOST_KEY, PUBLIC_URL, RunningIngestion } from '../testing/running-ingestion';

const { decided, decidedAt, dueAt, expired, stepWith, waiting } = approvalSteps;

const path = '/api/orchestrators/ActionOnToken';
const ada = { id: 'U2', name: 'Ada' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
});
afterAll(() => ingestion.stop());

const act = (token: string, action = 'approve', more: object = {}) =>
  ingestion.post(path, { token, action, ...more });

describe('a decision by HTTP', () => {
  it('is answered with where to follow the instance once it is applied', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('one-click');
    const answering = act(token, 'reject', { by: 'Jane', reason: 'not today' });
    const [, click] = await ingestion.inputsOf(id, 2);
    expect(click?.body).toEqual({
      type: 'event',
      name: decision.of(hash).name,
      data: {
        id: expect.any(String),
        action: 'reject',
        by: { id: 'http', name: 'Jane' },
        channel: 'http',
        reason: 'not today',
      },
    });
    await ingestion.writeStep(id, stepWith(decided(hash, clickIn(click)), { inputs: applied(click) }));
    const answer = await answering;
    const statusUri = `${PUBLIC_URL}/api/status/${id}`;
    expect([answer.status, answer.headers.get('location'), await answer.json()]).toEqual([
      202,
      statusUri,
      { id, statusUri },
    ]);
  });

  it('tells the loser of two simultaneous ones who won (hazard 26)', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('two-clicks');
    const answering = [act(token, 'approve', { by: 'Jane' }), act(token, 'reject', { by: 'Ada' })];
    const [, first, second] = await ingestion.inputsOf(id, 3);
    const winner = clickIn(first);
    const inputs = [...applied(first), ...applied(second, 'buffered')];
    await ingestion.writeStep(id, stepWith(decided(hash, winner), { inputs }));
    const answers = await Promise.all(answering);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    const loser = answers.find(({ status }) => status === 409);
    expect(await loser?.json()).toMatchObject({
      code: 'ApprovalUsed',
      detail: expect.stringContaining(winner.by.name),
      decision: { action: winner.action, by: winner.by, at: decidedAt },
    });
  });

  it('that names no click, of an older workflow version, is told by the order of inputs', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('older-version');
    const answering = act(token, 'approve', { by: 'Jane' });
    const [, click] = await ingestion.inputsOf(id, 2);
    const { action, by } = clickIn(click);
    await ingestion.writeStep(id, stepWith(decided(hash, { action, by }), { inputs: applied(click) }));
    expect((await answering).status).toBe(202);
  });

  it('is counted while others have to approve, too', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('counted');
    const answering = act(token);
    const [, click] = await ingestion.inputsOf(id, 2);
    const votes = [{ ...clickIn(click), at: decidedAt }];
    await ingestion.writeStep(id, stepWith({ ...waiting(hash), quorum: 2, votes }));
    const answer = await answering;
    expect([answer.status, await answer.json()]).toEqual([202, expect.objectContaining({ id })]);
  });

  it.each([
    ['not-an-approver', 403],
    ['own-request', 403],
    ['voted-already', 403],
    ['unidentified', 403],
    ['reason-required', 422],
  ] as const)('that the workflow refuses as %s is answered %d, with the kind', async (refused, status) => {
    const { id, token, hash } = await ingestion.waitingApproval(`refused-${refused}`);
    const answering = act(token, 'reject');
    const [, click] = await ingestion.inputsOf(id, 2);
    const refusals = [{ ...clickIn(click), at: decidedAt, refused }];
    await ingestion.writeStep(id, stepWith({ ...waiting(hash), refusals }));
    const answer = await answering;
    expect([answer.status, await answer.json()]).toEqual([
      status,
      expect.objectContaining({ code: 'ApprovalRefused', refused }),
    ]);
  });

  it('names the reason as the field that is missing', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('no-reason');
    const answering = act(token, 'reject');
    const [, click] = await ingestion.inputsOf(id, 2);
    const refusals = [{ ...clickIn(click), at: decidedAt, refused: 'reason-required' as const }];
    await ingestion.writeStep(id, stepWith({ ...waiting(hash), refusals }));
    expect(await (await answering).json()).toHaveProperty('errors', [
      { field: 'reason', message: 'is missing' },
    ]);
  });

  it('with a key is of the key’s holder, whatever name they give; nobody can type an id', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('with-a-key');
    const withKey = (key: string, by?: string) =>
      ingestion.post(path, { token, action: 'approve', ...(by && { by }) }, { 'x-functions-key': key });
    const unknown = await withKey('a key that nobody gave out');
    expect(unknown.status).toBe(401);
    const answering = [
      withKey(FUNCTION_KEY, 'key:platform'),
      withKey(HOST_KEY),
      act(token, 'approve', { by: 'key:release' }),
    ];
    const clicks = (await ingestion.inputsOf(id, 4)).slice(1).map(clickIn);
    expect(clicks.map(({ by, channel }) => [channel, by.id, by.name]).sort()).toEqual([
      ['http', 'http', 'key:release'],
      ['key', 'key:platform', 'platform'],
      ['key', 'key:release', 'key:platform (release)'],
    ]);
    await ingestion.writeStep(id, stepWith(decided(hash, { action: 'approve', by: ada })));
    await Promise.all(answering);
  });

  it('is found where the approval is one of the instance’s stages', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('stage');
    const staged = (approval: ApprovalStatus) =>
      aStep({ customStatus: { stage: 'awaiting-upload-approval', approval: approval as unknown as Json } });
    await ingestion.writeStep(id, staged(waiting(hash)));
    const answering = act(token);
    const [, click] = await ingestion.inputsOf(id, 2);
    await ingestion.writeStep(id, staged(decided(hash, clickIn(click))));
    expect((await answering).status).toBe(202);
  });

  it('says that it is stored when nobody looks at it for three seconds', async () => {
    const { id, token } = await ingestion.waitingApproval('nobody-there');
    const answer = await act(token);
    expect([answer.status, await answer.json()]).toEqual([202, { id, statusUri: expect.any(String) }]);
    expect(await ingestion.inputs(id)).toHaveLength(2);
  });

  it('is refused with 409, who and when, after another one', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('used');
    await ingestion.writeStep(id, stepWith(decided(hash, { action: 'approve', by: ada })));
    const answer = await act(token);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      409,
      expect.stringContaining('problem+json'),
    ]);
    expect(await answer.json()).toMatchObject({ decision: { action: 'approve', by: ada, at: decidedAt } });
  });

  it('that comes too late is kept with the instance, once for each person and button', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('kept');
    await ingestion.writeStep(id, stepWith(decided(hash, { action: 'approve', by: ada })));
    for (const action of ['approve', 'approve', 'reject'])
      expect((await act(token, action, { by: 'Jane' })).status).toBe(409);
    const clicks = (await ingestion.inputs(id)).slice(1).map(clickIn);
    expect(clicks).toMatchObject([
      { action: 'approve', by: { name: 'Jane' }, channel: 'http' },
      { action: 'reject', by: { name: 'Jane' }, channel: 'http' },
    ]);
  });

  it('is refused with 410 after the expiry', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('expired');
    await ingestion.writeStep(id, stepWith(expired(hash), { status: 'Completed' }));
    const answer = await act(token);
    expect([answer.status, await answer.json()]).toEqual([
      410,
      expect.objectContaining({ expiredAt: dueAt }),
    ]);
    expect(await ingestion.inputs(id)).toHaveLength(2);
  });

  it('is refused with 404 for a token that was never given out', async () => {
    const { id } = await ingestion.waitingApproval('guessed');
    for (const token of [makeToken(id), makeToken('no such instance'), 'rubbish'])
      expect((await act(token)).status).toBe(404);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it.each<[string, object, string]>([
    ['another action', { token: 't', action: 'postpone' }, 'action'],
    ['no action', { token: 't' }, 'action'],
    ['no token', { action: 'approve' }, 'token'],
    ['a name that is no text', { token: 't', action: 'approve', by: {} }, 'by'],
    ['an unknown field', { token: 't', action: 'approve', force: true }, 'force'],
  ])('is refused with 400 for %s, and names the field', async (_, body, field) => {
    const answer = await ingestion.post(path, body);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ errors: [expect.objectContaining({ field })] }),
    ]);
  });
});

describe('when JetStream is away', () => {
  it('every door answers 503, so that nobody believes that a click is stored', async () => {
    const lonely = await RunningIngestion.start();
    try {
      const { token } = await lonely.waitingApproval('away');
      await lonely.nats.kill();
      const button = { action_id: 'approve', value: token };
      const answers = await Promise.all([
        lonely.slack({ type: 'block_actions', user: { id: 'U1' }, actions: [button] }),
        lonely.post(path, { token, action: 'approve' }),
        fetch(`${lonely.url}/approvals/${token}`),
        lonely.post('/api/orchestrators/NotifyOnTask', { taskid: 1, description: 'x' }),
        fetch(`${lonely.url}/health/ready`),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
      const [, http, page] = answers;
      expect(http?.headers.get('retry-after')).toBe('5');
      expect(page?.headers.get('content-type')).toContain('text/html');
      expect(page?.headers.get('retry-after')).toBe('5');
    } finally {
      await lonely.stop();
    }
  });
});

function applied(input: Input | undefined, outcome: AppliedInput['outcome'] = 'applied'): AppliedInput[] {
  if (input === undefined) throw new Error('The input is missing');
  return [{ seq: input.seq, at: input.at, outcome }];
}

function clickIn(input: Input | undefined): Decision {
  if (input?.body.type !== 'event') throw new Error('The input is no event');
  return input.body.data as unknown as Decision;
}
