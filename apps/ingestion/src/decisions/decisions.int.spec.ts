import { decision, type Decision } from '@countersign/contracts';
import { makeToken } from '@countersign/service';
import type { AppliedInput, Input } from '@countersign/workflow';
import { approvalSteps } from '@countersign/testing';
import { PUBLIC_URL, RunningIngestion } from '../testing/running-ingestion';

const { decided, decidedAt, dueAt, expired, stepWith } = approvalSteps;

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
      data: { action: 'reject', by: { id: 'http', name: 'Jane' }, channel: 'http', reason: 'not today' },
    });
    await ingestion.writeStep(
      id,
      stepWith(decided(hash, { action: 'reject', by: ada }), { inputs: applied(click) }),
    );
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

  it('says that it is stored when nobody looks at it for three seconds', async () => {
    const { id, token } = await ingestion.waitingApproval('nobody-there');
    const answer = await act(token);
    expect([answer.status, await answer.json()]).toEqual([202, { id, statusUri: expect.any(String) }]);
    expect(await ingestion.inputs(id)).toHaveLength(2);
  }, 10_000);

  it('is refused with 409, who and when, after another one', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('used');
    await ingestion.writeStep(id, stepWith(decided(hash, { action: 'approve', by: ada })));
    const answer = await act(token);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      409,
      expect.stringContaining('problem+json'),
    ]);
    expect(await answer.json()).toMatchObject({ decision: { action: 'approve', by: ada, at: decidedAt } });
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('is refused with 410 after the expiry', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('expired');
    await ingestion.writeStep(id, stepWith(expired(hash), { status: 'Completed' }));
    const answer = await act(token);
    expect([answer.status, await answer.json()]).toEqual([
      410,
      expect.objectContaining({ expiredAt: dueAt }),
    ]);
    expect(await ingestion.inputs(id)).toHaveLength(1);
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

describe('a press of a button in Slack', () => {
  const press = (token: string, action_id = 'approve') => ({
    type: 'block_actions',
    user: { id: 'U1', name: 'jane' },
    actions: [{ action_id, value: token }],
  });

  it('is stored before Slack gets its 200, and waits for nothing else', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('slack-click');
    const answer = await ingestion.slack(press(token));
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    const [, click] = await ingestion.inputs(id);
    expect(click?.body).toEqual({
      type: 'event',
      name: decision.of(hash).name,
      data: { action: 'approve', by: { id: 'U1', name: 'jane' }, channel: 'slack' },
    });
  });

  it('is told to the person who comes too late', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('slack-late');
    await ingestion.writeStep(
      id,
      stepWith(decided(hash, { action: 'reject', by: { id: 'U2', name: 'A<d>a' } })),
    );
    const answer = await ingestion.slack(press(token));
    expect([answer.status, await answer.json()]).toEqual([
      200,
      {
        response_type: 'ephemeral',
        replace_original: false,
        text: expect.stringContaining('Rejected by A&lt;d&gt;a on'),
      },
    ]);
    expect((await ingestion.slack(press('rubbish'))).status).toBe(200);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('is refused with 401 when Slack did not sign it, or signed it long ago', async () => {
    const { id, token } = await ingestion.waitingApproval('forged');
    const old = String(Math.floor(Date.now() / 1000) - 301);
    for (const [header, value] of [
      ['x-slack-signature', `v0=${'0'.repeat(64)}`],
      ['x-slack-signature', ''],
      ['x-slack-request-timestamp', old],
    ] as const)
      expect((await ingestion.slack(press(token), { [header]: value })).status).toBe(401);
    expect((await ingestion.post('/slack/actions', press(token))).status).toBe(401);
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('is refused with 400 when it is garbage, and ignored when it is of another kind', async () => {
    expect((await ingestion.slack('not JSON')).status).toBe(400);
    expect((await ingestion.slack({ type: 'view_submission' })).status).toBe(200);
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
  }, 30_000);
});

function applied(input: Input | undefined, outcome: AppliedInput['outcome'] = 'applied'): AppliedInput[] {
  if (input === undefined) throw new Error('The input is missing');
  return [{ seq: input.seq, at: input.at, outcome }];
}

function clickIn(input: Input | undefined): Decision {
  if (input?.body.type !== 'event') throw new Error('The input is no event');
  return input.body.data as unknown as Decision;
}
