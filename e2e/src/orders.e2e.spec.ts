/** Application 4 with every process running: a customer orders, gets pushes, answers, and is not always there. */
import { eventually } from '@countersign/testing';
import { applied, Journals } from './support/journals';
import { Management } from './support/management';
import { Shop } from './support/shop';
import { startTestStack, type TestStack } from './support/test-stack';

const SERVICES = ['ingestion', 'saga-coordinator', 'status-api', 'push-notifier', 'sandbox'] as const;

let stack: TestStack;
let shop: Shop;
beforeAll(async () => {
  stack = await startTestStack({ services: SERVICES });
  shop = new Shop(stack.url);
});
afterEach(() => shop.fault('off'));
afterAll(() => stack?.dispose());

const stagesOf = (pushes: readonly { stage: string; outcome: string }[] | null) =>
  pushes?.map(({ stage, outcome }) => `${stage} ${outcome}`);
const sent = (...stages: string[]) => stages.map((stage) => `${stage} sent`);
const pushedTo = async (id: string) => (await shop.pushes(id)).map(({ data }) => data.stage);

it('every stage is pushed, in order, and the order is finished once the customer accepts', async () => {
  const id = await shop.ordered('device-1', { items: [{ name: 'tea', quantity: 2 }] });
  const asked = await shop.pushed(id, 'processing');
  expect(asked).toMatchObject({ token: 'device-1', title: 'Please confirm your order' });
  expect(asked.body).toMatch(/accept the change by \d{4}-\d\d-\d\d \d\d:\d\d UTC/);
  expect(await shop.status(id)).toMatchObject({ status: 'Running', customStatus: 'processing' });

  const answer = await shop.answer(id);
  expect([answer.status, answer.headers.get('location')]).toEqual([202, `${stack.url}/api/status/${id}`]);
  const { result, ...end } = await shop.ended(id);
  expect(end).toEqual({ id, status: 'Completed', customStatus: 'finished' });
  expect(stagesOf(result)).toEqual(sent('received', 'processing', 'finished'));
  const pushes = await shop.pushes(id);
  expect(pushes.map(({ data }) => data.stage)).toEqual(['received', 'processing', 'finished']);
  expect(result?.map((push) => 'name' in push && push.name)).toEqual(pushes.map(({ name }) => name));
  expect(new Set(pushes.map(({ tag }) => tag)).size).toBe(3);
});

it('the first answer counts, the second is told so, and one after the end, too', async () => {
  const id = await shop.ordered('device-2');
  await shop.pushed(id, 'processing');
  const answers = await Promise.all([
    shop.answer(id, { approved: false, reason: 'It takes too long.' }),
    ...Array.from({ length: 4 }, () => shop.answer(id, { approved: false })),
  ]);
  const codes = answers.map(({ status }) => status).sort();
  expect(codes.filter((code) => code === 202)).toHaveLength(1);
  expect(codes.filter((code) => code === 409 || code === 410)).toHaveLength(4);
  expect(stagesOf((await shop.ended(id)).result)).toEqual(sent('received', 'processing', 'declined'));
  expect((await shop.answer(id)).status).toBe(410);
});

it('an order that nobody answers expires, and the device is told', async () => {
  const id = await shop.ordered('device-3', { approvalSeconds: 2 });
  const { result, customStatus } = await shop.ended(id);
  expect([customStatus, stagesOf(result)]).toEqual(['expired', sent('received', 'processing', 'expired')]);
  expect((await shop.pushed(id, 'expired')).title).toBe('Order expired');
});

it('a device that is not registered is written down, and the customer answers all the same', async () => {
  const id = await shop.ordered('unregistered-1');
  await shop.reached(id, 'processing');
  expect((await shop.answer(id, { approved: true })).status).toBe(202);
  const { result, customStatus } = await shop.ended(id);
  expect(customStatus).toBe('finished');
  expect(result).toEqual(
    ['received', 'processing', 'finished'].map((stage) =>
      expect.objectContaining({
        stage,
        outcome: 'unregistered',
        reason: 'UNREGISTERED: Requested entity was not found.',
      }),
    ),
  );
});

it('so is one whose app was removed in the middle', async () => {
  const id = await shop.ordered('device-4');
  await shop.pushed(id, 'processing');
  await shop.request('POST', '/sandbox/api/fcm/devices/device-4/unregister');
  await shop.answer(id);
  expect(stagesOf((await shop.ended(id)).result)).toEqual([
    'received sent',
    'processing sent',
    'finished unregistered',
  ]);
});

describe('FCM out of order', () => {
  it.each(['down', 'error', 'rate-limit'] as const)(
    'for a while (%s), and push-notifier killed meanwhile: everything is pushed once it is back',
    async (mode) => {
      await shop.fault(mode);
      const id = await shop.ordered(`device-${mode}`);
      await shop.faultMet(1);
      await stack.kill('push-notifier');
      await stack.restart('push-notifier');
      await shop.faultMet(3);
      expect(await shop.status(id)).toMatchObject({ status: 'Running', customStatus: 'received' });
      await shop.fault('off');
      await shop.pushed(id, 'processing');
      await shop.answer(id);
      expect(stagesOf((await shop.ended(id)).result)).toEqual(sent('received', 'processing', 'finished'));
      expect(await pushedTo(id)).toEqual(['received', 'processing', 'finished']);
    },
  );

  it('that refuses the service account fails the push with what to do, and the flow goes on', async () => {
    await shop.pushed(await shop.ordered('device-5'), 'processing'); // there is an access token
    await shop.fault('unauthorized');
    const id = await shop.ordered('device-5');
    await shop.reached(id, 'processing');
    await shop.faultMet(3); // the push, the new token, and that for the second push
    await shop.fault('off');
    await shop.answer(id);
    const { result, customStatus } = await shop.ended(id);
    expect(customStatus).toBe('finished');
    expect(result?.[0]).toMatchObject({
      stage: 'received',
      outcome: 'failed',
      reason: expect.stringMatching(/^FcmUnauthorized: .*FCM_SERVICE_ACCOUNT_FILE/),
    });
    expect(result?.[2]).toMatchObject({ stage: 'finished', outcome: 'sent' });
  });

  it('that has forgotten its access tokens is asked for another one', async () => {
    await shop.pushed(await shop.ordered('device-6'), 'processing');
    await shop.request('POST', '/sandbox/api/reset');
    const id = await shop.ordered('device-6');
    await shop.pushed(id, 'processing');
    await shop.answer(id);
    expect(stagesOf((await shop.ended(id)).result)).toEqual(sent('received', 'processing', 'finished'));
  });
});

describe('an answer', () => {
  it('that comes before it was asked for is kept', async () => {
    await stack.kill('push-notifier');
    const id = await shop.ordered('device-7');
    await shop.reached(id, 'received');
    expect((await shop.answer(id, { approved: false })).status).toBe(202);
    expect((await shop.answer(id, { approved: true })).status).toBe(409);
    await stack.restart('push-notifier');
    const { result, customStatus } = await shop.ended(id);
    expect([customStatus, stagesOf(result)]).toEqual([
      'declined',
      sent('received', 'processing', 'declined'),
    ]);
  });

  it('that comes while there is no coordinator is stored, and counts', async () => {
    const id = await shop.ordered('device-8');
    await shop.pushed(id, 'processing');
    await stack.kill('saga-coordinator');
    expect((await shop.answer(id)).status).toBe(202);
    await stack.restart('saga-coordinator');
    expect((await shop.ended(id)).customStatus).toBe('finished');
  });

  it('that is none decides nothing, however it is raised', async () => {
    const id = await shop.ordered('device-9');
    await shop.pushed(id, 'processing');
    const wrong = await shop.answer(id, { approved: 'yes' });
    expect([wrong.status, wrong.body]).toEqual([
      400,
      expect.objectContaining({ errors: [expect.objectContaining({ field: 'approved' })] }),
    ]);
    const management = new Management(stack);
    for (const rubbish of ['"rubbish"', { aproved: false }, [true], 7].map((data) => data as object))
      expect((await management.post(id, 'raiseEvent/Approval', rubbish)).status).toBe(202);
    expect(await shop.status(id)).toMatchObject({ status: 'Running', customStatus: 'processing' });
    expect((await shop.answer(id, { approved: false })).status).toBe(202);
    expect((await shop.ended(id)).customStatus).toBe('declined');
  });

  it('to what is no order is refused', async () => {
    expect((await shop.answer('unknown')).status).toBe(404);
  });
});

it('every order ends once, whatever is killed (-9) meanwhile', async () => {
  const ORDERS = 30;
  const journals = await Journals.open(stack);
  try {
    const ids = await Promise.all(Array.from({ length: ORDERS }, (_, n) => shop.ordered(`device-many-${n}`)));
    await Promise.all([stack.kill('push-notifier'), stack.kill('saga-coordinator')]);
    await Promise.all([stack.restart('push-notifier'), stack.restart('saga-coordinator')]);
    const answers = await Promise.all(ids.map((id, n) => shop.answer(id, { approved: n % 2 === 0 })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await Promise.all([stack.kill('push-notifier'), stack.kill('saga-coordinator'), stack.kill('ingestion')]);
    await Promise.all(
      (['push-notifier', 'saga-coordinator', 'ingestion'] as const).map((name) => stack.restart(name)),
    );
    const ends = await Promise.all(ids.map((id) => shop.ended(id)));
    expect(ends.map(({ customStatus, result }) => [customStatus, stagesOf(result)])).toEqual(
      ids.map((_, n) => {
        const last = n % 2 === 0 ? 'finished' : 'declined';
        return [last, sent('received', 'processing', last)];
      }),
    );
    for (const id of ids) {
      const journal = await eventually(() => journals.of(id));
      expect([applied(journal, 'completed'), applied(journal, 'event')]).toEqual([3, 1]);
      // A push that was sent by a process which died before it could say so is sent again, and replaces itself.
      const pushes = await shop.pushes(id);
      expect(new Set(pushes.map(({ tag }) => tag)).size).toBe(3);
    }
  } finally {
    await journals.close();
  }
});
