import { aStep } from '@countersign/testing';
import type { AppliedInput, RuntimeStatus } from '@countersign/workflow';
import { FUNCTION_KEY, PUBLIC_URL, RunningIngestion } from '../testing/running-ingestion';

const order = { regId: 'device-1', items: [{ name: 'tea', quantity: 2 }], approvalSeconds: 60 };
const elsewhere = { 'x-forwarded-for': '203.0.113.9' };

let ingestion: RunningIngestion;
beforeAll(async () => {
  ingestion = await RunningIngestion.start();
});
afterAll(() => ingestion.stop());

const statusOf = (id: string) => `${PUBLIC_URL}/api/status/${id}`;
const place = (body: unknown = order, headers: Record<string, string> = {}) =>
  ingestion.post('/api/orders', body, headers);
const placed = async () => ((await (await place()).json()) as { id: string }).id;

describe('placing an order', () => {
  it('starts ProcessOrder and says where to poll', async () => {
    const answer = await place();
    const { id, statusUri } = (await answer.json()) as { id: string; statusUri: string };
    expect([answer.status, answer.headers.get('retry-after'), statusUri]).toEqual([202, '2', statusOf(id)]);
    expect(answer.headers.get('location')).toBe(statusOf(id));
    expect(answer.headers.get('operation-location')).toBe(`${PUBLIC_URL}/api/operations/${id}`);
    expect(await ingestion.inputs(id)).toMatchObject([
      { body: { type: 'started', workflow: 'ProcessOrder', input: order } },
    ]);
  });

  it('needs no more than a device', async () => {
    expect((await place({ regId: 'device-1' })).status).toBe(202);
  });

  it('is repeated safely with an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const [first, second] = [await place(order, headers), await place(order, headers)];
    expect(await second.json()).toEqual(await first.json());
    expect((await place({ regId: 'device-2' }, headers)).status).toBe(422);
  });

  it('names every field that is wrong', async () => {
    const answer = await place({ items: [{ name: '', quantity: 1.5 }], approvalSeconds: 0 });
    const { errors } = (await answer.json()) as { errors: { field: string }[] };
    expect([answer.status, new Set(errors.map(({ field }) => field))]).toEqual([
      400,
      new Set(['regId', 'items.0.name', 'items.0.quantity', 'approvalSeconds']),
    ]);
  });

  it('needs a key from elsewhere', async () => {
    expect((await place(order, elsewhere)).status).toBe(401);
    expect((await place(order, { ...elsewhere, 'x-functions-key': FUNCTION_KEY })).status).toBe(403);
  });
});

describe('answering an order', () => {
  const answer = (id: string, body: unknown = {}) => ingestion.post(`/api/Approve/${id}`, body);
  /** A step as the coordinator writes it. */
  const step = (id: string, stage: string, status: RuntimeStatus = 'Running', inputs: AppliedInput[] = []) =>
    ingestion.writeStep(id, aStep({ workflow: 'ProcessOrder', status, customStatus: stage, inputs }));
  /** Plays the coordinator: says what becomes of the answer when it has come. */
  async function settle(
    id: string,
    outcome: AppliedInput['outcome'],
    stage: string,
    status: RuntimeStatus = 'Running',
  ): Promise<void> {
    const { seq, at } = (await ingestion.inputsOf(id, 2))[1]!;
    await step(id, stage, status, [{ seq, at, outcome }]);
  }

  it.each([
    ['an empty object', {}, {}],
    ['a yes', { approved: true }, { approved: true }],
    ['a no with a reason', { approved: false, reason: 'too late' }, { approved: false, reason: 'too late' }],
  ])('by %s raises Approval, and is accepted when it counts', async (_, body, data) => {
    const id = await placed();
    await step(id, 'processing');
    const answers = answer(id, body);
    await settle(id, 'applied', 'finished');
    const answered = await answers;
    expect([answered.status, answered.headers.get('location'), await answered.json()]).toEqual([
      202,
      statusOf(id),
      { id, statusUri: statusOf(id) },
    ]);
    expect((await ingestion.inputs(id))[1]?.body).toEqual({ type: 'event', name: 'Approval', data });
  });

  it.each([
    ['without a body', { method: 'POST' }],
    [
      'without a body that is said to be JSON',
      { method: 'POST', headers: { 'content-type': 'application/json' } },
    ],
  ])('%s accepts, from anywhere, without a key', async (_, init: RequestInit) => {
    const id = await placed();
    await step(id, 'processing');
    const headers = { ...init.headers, ...elsewhere };
    const answers = fetch(`${ingestion.url}/api/Approve/${id}`, { ...init, headers });
    await settle(id, 'applied', 'finished');
    expect((await answers).status).toBe(202);
    expect((await ingestion.inputs(id))[1]?.body).toMatchObject({ name: 'Approval', data: {} });
  });

  it('is accepted when it is stored, although nobody says in time that it counts', async () => {
    const id = await placed();
    expect((await answer(id)).status).toBe(202);
    expect(await ingestion.inputs(id)).toHaveLength(2);
  });

  it('is accepted while the order is suspended', async () => {
    const id = await placed();
    await step(id, 'processing', 'Suspended');
    const answers = answer(id);
    await settle(id, 'buffered', 'processing', 'Suspended');
    expect((await answers).status).toBe(202);
  });

  it.each([
    ['another answer was first', 'buffered', 'Running'],
    ['the order ended meanwhile', 'late', 'Completed'],
  ] as const)('is refused when %s', async (_, outcome, status) => {
    const id = await placed();
    await step(id, 'processing');
    const answers = answer(id);
    await settle(id, outcome, 'declined', status);
    const refused = await answers;
    expect([refused.status, refused.headers.get('location')]).toEqual([409, statusOf(id)]);
    expect(await refused.json()).toMatchObject({ title: 'Order answered', stage: 'declined' });
  });

  describe('is refused, and not even stored,', () => {
    it.each([
      ['after another answer', 'finished', 'Running', 409],
      ['after the time for one', 'expired', 'Running', 409],
      ['after the end', 'declined', 'Completed', 410],
      ['after it was terminated', 'processing', 'Terminated', 410],
    ] as const)('%s', async (_, stage, status, code) => {
      const id = await placed();
      await step(id, stage, status);
      const refused = await answer(id);
      expect([refused.status, await refused.json()]).toEqual([code, expect.objectContaining({ stage })]);
      expect(await ingestion.inputs(id)).toHaveLength(1);
    });

    it.each(['unknown', 'x'.repeat(300), '@x'])('where there is no such order: %s', async (id) => {
      const before = await ingestion.storedSubjects();
      expect((await answer(id)).status).toBe(404);
      expect(await ingestion.storedSubjects()).toEqual(before);
    });

    it('where it is no order', async () => {
      const { id } = await ingestion.waitingApproval('no-order');
      expect((await answer(id)).status).toBe(404);
      expect(await ingestion.inputs(id)).toHaveLength(1);
    });

    it('where it is no answer, by name', async () => {
      const id = await placed();
      const refused = await answer(id, { approved: 'yes', reason: '', aproved: true });
      const { errors } = (await refused.json()) as { errors: { field: string }[] };
      expect([refused.status, new Set(errors.map(({ field }) => field))]).toEqual([
        400,
        new Set(['approved', 'reason', 'aproved']),
      ]);
      expect((await answer(id, '{"approved":')).status).toBe(400);
      expect((await answer(id, [])).status).toBe(400);
      expect(await ingestion.inputs(id)).toHaveLength(1);
    });
  });
});
