import { decision, type Decision } from '@countersign/contracts';
import type { InstanceView } from '@countersign/jetstream';
import { hashToken, makeToken } from '@countersign/service';
import { CodedError } from '@countersign/workflow';
import { approvalSteps, FakeWorkflowClient } from '@countersign/testing';
import { Logger } from '@nestjs/common';
import { Decisions } from './decisions';

const { decided, decidedAt, expired, stepWith, subject, waiting } = approvalSteps;

const id = 'instance-1';
const token = makeToken(id);
const hash = hashToken(token);
const jane = { id: 'U1', name: 'Jane' };
const ada = { id: 'U2', name: 'Ada' };
const click = { action: 'approve', by: jane, channel: 'http' } as const;

const view = (status: Parameters<typeof stepWith>[0], seq = 5): InstanceView => ({
  id,
  seq,
  status: 'Running',
  step: stepWith(status),
});

let client: FakeWorkflowClient;
let decisions: Decisions;
beforeAll(() => Logger.overrideLogger(false));
beforeEach(() => {
  client = new FakeWorkflowClient();
  client.views = [view(waiting(hash))];
  decisions = new Decisions(FakeWorkflowClient.asClient(client));
});

describe('deciding with a token', () => {
  it("raises the event that carries the token's hash, never the token (hazard 14), and an id of the click", async () => {
    await decisions.decide(token, click);
    await decisions.decide(token, click);
    const [first, second] = client.raised;
    expect(first).toMatchObject({ id, event: decision.of(hash).name, data: click });
    const idOf = (raised: typeof first) => (raised?.data as Decision).id;
    expect(idOf(first)).toMatch(/^[0-9a-f-]{36}$/);
    expect(idOf(second)).not.toBe(idOf(first));
    expect(first?.msgId).not.toBe(second?.msgId);
    expect(JSON.stringify(client.raised)).not.toContain(token);
  });

  it('tells the winner, by the id of the click', async () => {
    client.onRaise = (data) => {
      client.views = [view(decided(hash, data as Decision), 6)];
    };
    const won = { kind: 'decided', id, subject, action: 'approve', by: jane, at: decidedAt };
    expect(await decisions.decide(token, click)).toEqual(won);
  });

  it('tells the winner of a workflow version that names no click, by the order of inputs', async () => {
    client.outcome = { seq: 11, at: Date.parse(decidedAt), outcome: 'applied' };
    client.views = [view(waiting(hash)), view(decided(hash, { action: 'approve', by: jane }), 6)];
    const won = { kind: 'decided', id, subject, action: 'approve', by: jane, at: decidedAt };
    expect(await decisions.decide(token, click)).toEqual(won);
  });

  it('tells the loser of a race who won (hazard 26)', async () => {
    client.outcome = { seq: 11, at: 0, outcome: 'buffered' };
    client.views = [view(waiting(hash)), view(decided(hash, { action: 'reject', by: ada }), 6)];
    expect(await decisions.decide(token, click)).toMatchObject({
      kind: 'used',
      action: 'reject',
      by: ada,
      at: decidedAt,
    });
  });

  it('does not take a click for the winner because it was applied, where the winner is named', async () => {
    client.outcome = { seq: 11, at: 0, outcome: 'applied' };
    const named = decided(hash, { id: 'another', action: 'approve', by: ada });
    client.views = [view(waiting(hash)), view(named, 6)];
    expect(await decisions.decide(token, click)).toMatchObject({ kind: 'used', by: ada });
  });

  it('tells that the expiry was faster', async () => {
    client.outcome = { seq: 11, at: 0, outcome: 'buffered' };
    client.views = [view(waiting(hash)), view(expired(hash), 6)];
    expect(await decisions.decide(token, click)).toHaveProperty('kind', 'expired');
  });

  it('says that the click is stored when nobody has looked at it in time', async () => {
    expect(await decisions.decide(token, click)).toEqual({ kind: 'stored', id, subject, action: 'approve' });
  });

  it.each([
    ['is no token', 'rubbish'],
    ['names its instance with another secret', makeToken(id)],
    ['is cut short', token.slice(0, -2)],
    ['is empty', ''],
  ])('knows nothing of a text that %s, and raises nothing', async (_, text) => {
    expect(await decisions.decide(text, click)).toEqual({ kind: 'unknown' });
    expect(client.raised).toEqual([]);
  });

  it('asks the leader before it calls a token unknown (hazard 18)', async () => {
    client.views = [view({ ...waiting(hash), stage: 'preparing', tokenHash: '' }, 4), view(waiting(hash))];
    expect(await decisions.find(token)).toHaveProperty('kind', 'open');
  });

  it('lets the caller know when nothing can be stored', async () => {
    client.raise = () => Promise.reject(new CodedError('StorageUnavailable', 'down', { retryable: true }));
    await expect(decisions.decide(token, click)).rejects.toHaveProperty('code', 'StorageUnavailable');
    await expect(decisions.store(token, click)).rejects.toHaveProperty('code', 'StorageUnavailable');
  });

  it('stores a click without waiting for its outcome where the channel cannot wait', async () => {
    client.outcomeOf = () => Promise.reject(new Error('must not be asked'));
    expect(await decisions.store(token, click)).toEqual({ kind: 'stored', id, subject, action: 'approve' });
    expect(client.raised).toHaveLength(1);
  });
});

describe('a click on an approval that is closed', () => {
  beforeEach(() => {
    client.views = [view(decided(hash, { action: 'approve', by: ada }))];
  });

  it('is refused with the reason, and raised, so that the journal keeps it', async () => {
    expect(await decisions.decide(token, click)).toMatchObject({ kind: 'used', by: ada });
    expect(client.raised).toMatchObject([{ id, event: decision.of(hash).name, data: click }]);
  });

  it('is logged without the token', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    await decisions.store(token, click);
    const about = { instanceId: id, state: 'used', action: 'approve', by: jane, channel: 'http' };
    expect(warn.mock.calls).toEqual([[expect.any(String), about]]);
    warn.mockRestore();
  });

  it('is the same input however often the same person repeats it, and another one of anybody else', async () => {
    await decisions.decide(token, click);
    await decisions.store(token, { ...click, reason: 'once more' }, 'another press');
    await decisions.store(token, { ...click, action: 'reject' });
    await decisions.store(token, { ...click, by: ada });
    const [first, again, ...others] = client.raised.map(({ msgId }) => msgId);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(3);
  });
});

describe('a click that is delivered twice', () => {
  it('is the same input; another person’s, or one on another approval, is not', async () => {
    await decisions.store(token, click, 'press 1');
    await decisions.store(token, click, 'press 1');
    await decisions.store(token, click, 'press 2');
    const other = makeToken(id);
    client.views = [view(waiting(hashToken(other)))];
    await decisions.store(other, click, 'press 1');
    const [first, again, ...others] = client.raised.map(({ msgId }) => msgId);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(3);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });
});
