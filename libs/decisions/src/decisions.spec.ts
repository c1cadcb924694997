import { decision } from '@countersign/contracts';
import type { InstanceView } from '@countersign/jetstream';
import { hashToken, makeToken } from '@countersign/service';
import { CodedError } from '@countersign/workflow';
import { approvalSteps, FakeWorkflowClient } from '@countersign/testing';
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
beforeEach(() => {
  client = new FakeWorkflowClient();
  client.views = [view(waiting(hash))];
  decisions = new Decisions(FakeWorkflowClient.asClient(client));
});

describe('deciding with a token', () => {
  it("raises the event that carries the token's hash, never the token (hazard 14)", async () => {
    client.outcome = { seq: 11, at: Date.parse(decidedAt), outcome: 'applied' };
    const verdict = await decisions.decide(token, click);
    expect(verdict).toEqual({ kind: 'decided', id, subject, action: 'approve', by: jane, at: decidedAt });
    expect(client.raised).toEqual([{ id, event: decision.of(hash).name, data: click }]);
    expect(JSON.stringify(client.raised)).not.toContain(token);
  });

  it('tells the loser of a race who won (hazard 26)', async () => {
    client.outcome = { seq: 11, at: 0, outcome: 'buffered' };
    client.views = [
      view(waiting(hash)),
      view(waiting(hash)),
      view(decided(hash, { action: 'reject', by: ada }), 6),
    ];
    expect(await decisions.decide(token, click)).toMatchObject({
      kind: 'used',
      action: 'reject',
      by: ada,
      at: decidedAt,
    });
  });

  it('tells that the expiry was faster', async () => {
    client.outcome = { seq: 11, at: 0, outcome: 'buffered' };
    client.views = [view(waiting(hash)), view(expired(hash), 6)];
    expect(await decisions.decide(token, click)).toHaveProperty('kind', 'expired');
  });

  it('says that the click is stored when nobody has looked at it in time', async () => {
    expect(await decisions.decide(token, click)).toEqual({ kind: 'stored', id, subject, action: 'approve' });
  });

  it('raises nothing once somebody has decided', async () => {
    client.views = [view(decided(hash, { action: 'approve', by: ada }))];
    expect(await decisions.decide(token, click)).toHaveProperty('kind', 'used');
    expect(await decisions.store(token, click)).toHaveProperty('kind', 'used');
    expect(client.raised).toEqual([]);
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
