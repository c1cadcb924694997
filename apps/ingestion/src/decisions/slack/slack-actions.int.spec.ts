/** Slack's door: signed requests, answered within Slack's time. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { decision } from '@countersign/contracts';
import { approvalSteps, until } from '@countersign/testing';
import { RunningIngestion } from '../../testing/running-ingestion';

const { decided, stepWith } = approvalSteps;

const press = (token: string, more: object = {}) => ({
  type: 'block_actions',
  user: { id: 'U1', name: 'jane' },
  trigger_id: '1.2.abc',
  actions: [{ action_id: 'approve', value: token, action_ts: '1700000000.000100' }],
  ...more,
});
const reasonOf = (token: string, reason: string, view = 'V1') => ({
  type: 'view_submission',
  user: { id: 'U1', name: 'jane' },
  view: {
    id: view,
    callback_id: 'countersign_reason',
    private_metadata: token,
    state: { values: { reason: { reason: { type: 'plain_text_input', value: reason } } } },
  },
});

let ingestion: RunningIngestion;
/** What was sent to the response_url. */
const told: unknown[] = [];
let hooks: Server;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
  hooks = createServer((request, response) => {
    void text(request).then((body) => {
      told.push(JSON.parse(body));
      response.end();
    });
  });
  await new Promise<void>((resolve) => hooks.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  hooks.close();
  await ingestion.stop();
});

const responseUrl = () => `http://127.0.0.1:${(hooks.address() as AddressInfo).port}/actions/T1/1/x`;

describe('a press of a button in Slack', () => {
  it('is stored before Slack gets its 200, and waits for nothing else', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('slack-click');
    const answer = await ingestion.slack(press(token));
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    const [, click] = await ingestion.inputs(id);
    expect(click?.body).toEqual({
      type: 'event',
      name: decision.of(hash).name,
      data: {
        id: expect.any(String),
        action: 'approve',
        by: { id: 'U1', name: 'jane' },
        channel: 'slack',
        triggerId: '1.2.abc',
      },
    });
  });

  it('that Slack delivers twice is one input', async () => {
    const { id, token } = await ingestion.waitingApproval('slack-twice');
    for (const _ of [1, 2]) expect((await ingestion.slack(press(token))).status).toBe(200);
    expect(await ingestion.inputs(id)).toHaveLength(2);
  });

  it('that comes too late is told to the person, and kept with the instance', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('slack-late');
    await ingestion.writeStep(
      id,
      stepWith(decided(hash, { action: 'reject', by: { id: 'U2', name: 'A<d>a' } })),
    );
    const words = {
      response_type: 'ephemeral',
      replace_original: false,
      text: expect.stringContaining('Rejected by A&lt;d&gt;a on'),
    };
    const answer = await ingestion.slack(press(token, { response_url: responseUrl() }));
    expect([answer.status, await answer.json()]).toEqual([200, words]);
    await until(() => told.length > 0);
    expect(told).toEqual([words]);
    expect(await ingestion.inputs(id)).toHaveLength(2);
    expect((await ingestion.slack(press('rubbish'))).status).toBe(200);
  });

  it('whose user was changed on the way is refused with 401: the signature covers who pressed', async () => {
    const { id, token } = await ingestion.waitingApproval('tampered');
    const genuine = JSON.stringify(press(token));
    const tampered = genuine.replace('"id":"U1"', '"id":"U2"');
    expect(tampered).not.toBe(genuine);
    expect((await ingestion.slack(tampered, ingestion.signatureOf(genuine))).status).toBe(401);
    expect(await ingestion.inputs(id)).toHaveLength(1);
    expect((await ingestion.slack(genuine, ingestion.signatureOf(genuine))).status).toBe(200);
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
    expect((await ingestion.slack({ type: 'view_submission' })).status).toBe(400);
    expect((await ingestion.slack({ type: 'view_closed' })).status).toBe(200);
  });
});

describe('a reason from the dialog in Slack', () => {
  it('is stored as a rejection with that reason, and closes the dialog', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('reason');
    const answer = await ingestion.slack(reasonOf(token, 'not on a Friday'));
    expect([answer.status, await answer.json()]).toEqual([200, {}]);
    const [, click] = await ingestion.inputs(id);
    expect(click?.body).toMatchObject({
      name: decision.of(hash).name,
      data: { action: 'reject', by: { id: 'U1', name: 'jane' }, channel: 'slack', reason: 'not on a Friday' },
    });
  });

  it('that is blank is asked for again', async () => {
    const { id, token } = await ingestion.waitingApproval('blank-reason');
    expect(await (await ingestion.slack(reasonOf(token, ' '))).json()).toHaveProperty(
      'response_action',
      'errors',
    );
    expect(await ingestion.inputs(id)).toHaveLength(1);
  });

  it('that comes too late is told in the dialog', async () => {
    const { id, token, hash } = await ingestion.waitingApproval('late-reason');
    const ada = { id: 'U2', name: 'Ada' };
    await ingestion.writeStep(id, stepWith(decided(hash, { action: 'approve', by: ada })));
    expect(await (await ingestion.slack(reasonOf(token, 'no'))).json()).toMatchObject({
      response_action: 'errors',
      errors: { reason: expect.stringContaining('Approved by Ada on') },
    });
  });

  it('that cannot be stored leaves the dialog open, with an error', async () => {
    const lonely = await RunningIngestion.start();
    try {
      const { token } = await lonely.waitingApproval('away');
      await lonely.nats.kill();
      const answer = await lonely.slack(reasonOf(token, 'not today'));
      expect([answer.status, await answer.json()]).toEqual([
        200,
        { response_action: 'errors', errors: { reason: expect.stringContaining('could not be stored') } },
      ]);
    } finally {
      await lonely.stop();
    }
  });
});
