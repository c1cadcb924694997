import { ErrorCode, type ModalView } from '@slack/web-api';
import { type FakeIngestion, payloadOf } from '../testing/fake-ingestion';
import { APPROVAL, type RunningSandbox, startWithIngestion } from '../testing/start-sandbox';

const BEN = { id: 'U0BEN', name: 'Ben Carter' };
const WHY: ModalView = {
  type: 'modal',
  callback_id: 'reject',
  private_metadata: 'sealed',
  title: { type: 'plain_text', text: 'Reject' },
  submit: { type: 'plain_text', text: 'Reject' },
  close: { type: 'plain_text', text: 'Cancel' },
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text: 'Deploy to *PROD*?' } },
    {
      type: 'input',
      block_id: 'why',
      label: { type: 'plain_text', text: 'Why?' },
      element: { type: 'plain_text_input', action_id: 'reason', multiline: true, max_length: 20 },
    },
  ],
};

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

/** The trigger_id of a click by Ben. */
async function clicked(): Promise<string> {
  const { ts = '' } = await sandbox.slack().chat.postMessage({
    channel: 'C0DEPLOYMENTS',
    text: 'Deploy?',
    blocks: APPROVAL,
  });
  await sandbox.call('POST', `api/slack/messages/${ts}/click`, { action_id: 'reject', user: BEN });
  return String(payloadOf(ingestion.received.at(-1))['trigger_id']);
}

const open = async (view = WHY) => {
  const { view: opened } = await sandbox.slack().views.open({ trigger_id: await clicked(), view });
  ingestion.received.length = 0;
  return opened?.id ?? '';
};
const views = async () => (await sandbox.call('GET', 'api/slack/views')).body;
const submit = (id: string, body: object) => sandbox.call('POST', `api/slack/views/${id}/submit`, body);
const refusedWith = (error: string) => ({
  code: ErrorCode.PlatformError,
  data: expect.objectContaining({ ok: false, error }),
});

describe('a dialog', () => {
  it('opens for the person who pressed, with what the app says', async () => {
    const trigger = await clicked();
    const { view } = await sandbox.slack().views.open({ trigger_id: trigger, view: WHY });
    expect(view).toMatchObject({
      id: expect.stringMatching(/^V/),
      callback_id: 'reject',
      private_metadata: 'sealed',
      state: { values: {} },
    });
    expect(await views()).toMatchObject([
      {
        id: view?.id,
        user: BEN,
        callback_id: 'reject',
        private_metadata: 'sealed',
        inputs: [{ block_id: 'why', action_id: 'reason', label: 'Why?' }],
        errors: {},
      },
    ]);
  });

  it('opens once for a click', async () => {
    const ask = { trigger_id: await clicked(), view: WHY };
    await sandbox.slack().views.open(ask);
    await expect(sandbox.slack().views.open(ask)).rejects.toMatchObject(refusedWith('exchanged_trigger_id'));
    expect(await views()).toHaveLength(1);
  });

  it('does not open on a trigger of nobody’s click', async () => {
    await expect(sandbox.slack().views.open({ trigger_id: '1.2.x', view: WHY })).rejects.toMatchObject(
      refusedWith('invalid_trigger_id'),
    );
  });

  it.each<[string, Partial<ModalView>, string]>([
    ['asks without a way to submit', { submit: undefined }, '/view'],
    [
      'has a title that is too long',
      { title: { type: 'plain_text', text: 'x'.repeat(25) } },
      '/view/title/text',
    ],
    ['carries too much of the app’s own', { private_metadata: 'x'.repeat(3001) }, '/view/private_metadata'],
    ['has a field that is none', { blocks: [{ type: 'input' } as never] }, '/view/blocks/0'],
  ])('is refused when it %s, and the trigger stays good', async (_what, wrong, pointer) => {
    const trigger = await clicked();
    const view = JSON.parse(JSON.stringify({ ...WHY, ...wrong })) as ModalView;
    await expect(sandbox.slack().views.open({ trigger_id: trigger, view })).rejects.toMatchObject({
      data: {
        error: 'invalid_arguments',
        response_metadata: {
          messages: expect.arrayContaining([expect.stringContaining(`[json-pointer:${pointer}`)]),
        },
      },
    });
    await sandbox.slack().views.open({ trigger_id: trigger, view: WHY });
  });

  it('has fields, which a message has not', async () => {
    const blocks = WHY.blocks.slice(1);
    await expect(
      sandbox.slack().chat.postMessage({ channel: 'C0FILES', text: 'x', blocks }),
    ).rejects.toMatchObject(refusedWith('invalid_blocks'));
  });
});

describe('submitting a dialog', () => {
  it('sends what Slack sends, signed, and closes it', async () => {
    const id = await open();
    expect(await submit(id, { reason: 'Not today' })).toMatchObject({
      status: 200,
      body: { answer: { status: 200, via: 'http' }, open: false },
    });
    const [received] = ingestion.received;
    expect(received).toMatchObject({
      path: '/slack/actions',
      headers: { 'x-slack-signature': expect.stringMatching(/^v0=/) },
    });
    expect(payloadOf(received)).toMatchObject({
      type: 'view_submission',
      user: BEN,
      team: { id: 'T0SANDBOX' },
      trigger_id: expect.stringMatching(/^\d+\.\d+\.[0-9a-f]{32}$/),
      view: {
        id,
        callback_id: 'reject',
        private_metadata: 'sealed',
        state: { values: { why: { reason: { type: 'plain_text_input', value: 'Not today' } } } },
      },
    });
    expect(await views()).toEqual([]);
    expect((await submit(id, { reason: 'again' })).status).toBe(404);
  });

  it('keeps it open with what the app finds wrong', async () => {
    const errors = { why: 'Say more.' };
    ingestion.answer = { status: 200, body: JSON.stringify({ response_action: 'errors', errors }) };
    const id = await open();
    expect((await submit(id, { values: { why: 'no' } })).body).toMatchObject({ open: true, errors });
    expect(await views()).toMatchObject([{ id, errors }]);
    ingestion.answer = { status: 200, body: '{"response_action":"clear"}' };
    expect((await submit(id, { reason: 'because' })).body).toMatchObject({ open: false });
  });

  it.each([
    ['refuses it', { status: 401, body: '' }],
    ['answers what Slack does not know', { status: 200, body: 'thanks' }],
  ])('keeps it open and says that there is trouble when the app %s', async (_what, answer) => {
    const id = await open();
    ingestion.answer = answer;
    expect((await submit(id, { reason: 'no' })).body).toMatchObject({ open: true });
    expect(await views()).toMatchObject([{ id, trouble: expect.stringContaining('trouble') }]);
  });

  it.each([
    ['nothing typed', {}],
    ['too much typed', { reason: 'x'.repeat(21) }],
  ])('sends nothing with %s, as Slack would not', async (_what, body) => {
    expect((await submit(await open(), body)).status).toBe(400);
    expect(ingestion.received).toEqual([]);
  });

  it('can be done in the name of somebody else, to see it refused', async () => {
    const mallory = { id: 'U0MALLORY', name: 'Mallory' };
    await submit(await open(), { reason: 'no', user: mallory });
    expect(payloadOf(ingestion.received[0])).toMatchObject({ user: mallory });
  });

  it('is up to the person: Cancel sends nothing', async () => {
    const id = await open();
    expect((await sandbox.call('POST', `api/slack/views/${id}/close`)).status).toBe(204);
    expect(await views()).toEqual([]);
    expect(ingestion.received).toEqual([]);
  });
});
