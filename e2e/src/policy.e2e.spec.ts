/** Who may decide, with every process running: what people press in Slack, what they are told, and what FlexDeploy learns. */
import type { ApprovalPolicy, Person } from '@countersign/contracts';
import { eventually } from '@countersign/testing';
import { Management } from './support/management';
import {
  ANNA,
  BEN,
  isClosed,
  Office,
  type SlackMessage,
  type Status,
  tokenIn,
  wordsOf,
} from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

const MALLORY = { id: 'U0MALLORY', name: 'Mallory Quinn' };
/** In the user group S0RELEASE. */
const ADA = { id: 'U0ADA', name: 'Ada Okafor' };

let stack: TestStack;
let office: Office;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
});
afterAll(() => stack?.dispose());

interface Whisper {
  readonly channel: string;
  readonly user: string;
  readonly text: string;
}

interface Dialog {
  readonly id: string;
  readonly user: Person;
}

interface Asked {
  readonly id: string;
  readonly message: SlackMessage;
}

/** A task whose approval goes by a policy, once its message is in Slack. */
async function asked(taskid: string, approval: ApprovalPolicy, more: object = {}): Promise<Asked> {
  const { body } = await office.start({ taskid, description: `Release ${taskid}`, approval, ...more });
  const { id } = body as { id: string };
  return { id, message: await office.messageOf(id) };
}

const statusOf = (id: string, accept: (status: Status) => boolean): Promise<Status> =>
  eventually(() => office.status(id), accept);

const refused = (id: string, kinds: readonly string[]): Promise<Status> =>
  statusOf(
    id,
    ({ customStatus }) =>
      JSON.stringify(customStatus?.refusals?.map((refusal) => refusal.refused)) === JSON.stringify(kinds),
  );

/** What somebody was told in private, once they were. */
const told = (person: Person, words: RegExp): Promise<Whisper> =>
  eventually(async () => {
    const { body } = await office.request('GET', '/sandbox/api/slack/ephemeral');
    return (body as Whisper[]).find(({ user, text }) => user === person.id && words.test(text));
  });

const approve = ({ message }: Asked, user: Person) => office.click(message, { action: 'approve', user });
const reject = ({ message }: Asked, user: Person) => office.click(message, { action: 'reject', user });
const callsOf = async (taskId: string) => (await office.task(taskId))?.calls ?? [];

describe('somebody who is not on the list', () => {
  it('is told so in private, and nothing is decided; who is on it decides', async () => {
    const task = await asked('listed', { approvers: { users: [ANNA.id] } });
    expect(await approve(task, MALLORY)).toMatchObject([{ status: 200 }]);
    expect(await refused(task.id, ['not-an-approver'])).toMatchObject({
      status: 'Running',
      customStatus: { stage: 'waiting', refusals: [{ by: MALLORY, channel: 'slack' }] },
    });
    expect(await told(MALLORY, /not among those who may decide/)).toMatchObject({
      channel: task.message.channel,
    });
    expect(await callsOf('listed')).toEqual([]);
    await approve(task, ANNA);
    expect(await office.ended(task.id)).toMatchObject({
      status: 'Completed',
      result: { kind: 'approved', by: ANNA },
    });
  });

  it('may be in a group that is', async () => {
    const task = await asked('grouped', { approvers: { groups: ['S0RELEASE'] } });
    await approve(task, ANNA);
    await refused(task.id, ['not-an-approver']);
    await approve(task, ADA);
    expect(await office.ended(task.id)).toMatchObject({ result: { kind: 'approved', by: ADA } });
  });

  it('does not become somebody else at the page, or by HTTP, by typing a name', async () => {
    const task = await asked('typed', { approvers: { users: [ANNA.id] } });
    const token = tokenIn(task.message);
    const forged = { action: 'approve', by: ANNA.id };
    expect((await office.request('POST', `/approvals/${token}`, forged)).status).toBe(403);
    const byHttp = await office.request('POST', '/api/orchestrators/ActionOnToken', { token, ...forged });
    expect(byHttp.status).toBe(403);
    await refused(task.id, ['unidentified', 'unidentified']);
    expect(await callsOf('typed')).toEqual([]);
  });
});

describe('a quorum of two', () => {
  it('is two people; one person twice is told that they have voted', async () => {
    const task = await asked('two', { quorum: 2 });
    await approve(task, ANNA);
    expect(await office.messageOf(task.id, (message) => wordsOf(message).includes(ANNA.name))).toMatchObject({
      actions: [{ action_id: 'approve' }, { action_id: 'reject' }],
    });
    await approve(task, ANNA);
    expect(await refused(task.id, ['voted-already'])).toMatchObject({
      customStatus: { quorum: 2, votes: [{ by: ANNA }] },
    });
    await told(ANNA, /approved this already/);
    expect(await callsOf('two')).toEqual([]);
    await approve(task, BEN);
    expect(await office.ended(task.id)).toMatchObject({
      status: 'Completed',
      customStatus: { votes: [{ by: ANNA }, { by: BEN }] },
      result: { kind: 'approved', by: BEN },
    });
    const decided = await office.task('two');
    expect(decided).toMatchObject({ status: 'APPROVED', calls: [{ action: 'approve', status: 200 }] });
    for (const { name } of [ANNA, BEN]) expect(decided?.notes).toContain(name);
  });

  it('is not reached by one person who presses many times at once', async () => {
    const task = await asked('many', { quorum: 2 });
    await office.click(task.message, { action: 'approve', user: ANNA, times: 5 });
    await statusOf(task.id, ({ customStatus }) => customStatus?.votes?.length === 1);
    await reject(task, BEN);
    expect(await office.ended(task.id)).toMatchObject({ result: { kind: 'rejected', by: BEN } });
    expect(await callsOf('many')).toHaveLength(1);
  });
});

describe('who asked for it', () => {
  it('may not decide it', async () => {
    const task = await asked('own', { noSelfApproval: true }, { requestedBy: ANNA.id });
    await approve(task, ANNA);
    await refused(task.id, ['own-request']);
    await told(ANNA, /who asks for something may not decide it/);
    await approve(task, BEN);
    expect(await office.ended(task.id)).toMatchObject({ result: { kind: 'approved', by: BEN } });
  });
});

describe('a rejection that needs a reason', () => {
  it('opens a dialog; what is typed there reaches FlexDeploy', async () => {
    const task = await asked('reasoned', { reasonOnReject: true });
    await reject(task, BEN);
    const dialog = await eventually(async () => {
      const { body } = await office.request('GET', '/sandbox/api/slack/views');
      return (body as Dialog[]).find(({ user }) => user.id === BEN.id);
    });
    await refused(task.id, ['reason-required']);
    expect(await callsOf('reasoned')).toEqual([]);
    const reason = 'the tests of Thursday are red';
    await office.request('POST', `/sandbox/api/slack/views/${dialog.id}/submit`, { reason });
    expect(await office.ended(task.id)).toMatchObject({
      result: { kind: 'rejected', by: BEN, channel: 'slack', reason },
    });
    expect(await office.task('reasoned')).toMatchObject({
      status: 'REJECTED',
      calls: [{ action: 'reject' }],
    });
    expect((await office.task('reasoned'))?.notes).toContain(reason);
    expect(wordsOf(await office.messageOf(task.id, isClosed))).toContain(reason);
  });

  it('is not believed without one at the page', async () => {
    const task = await asked('paged', { reasonOnReject: true });
    const path = `/approvals/${tokenIn(task.message)}`;
    expect((await office.request('POST', path, { action: 'reject', by: 'Ben' })).status).toBe(422);
    const answer = await office.request('POST', path, { action: 'reject', by: 'Ben', reason: 'too soon' });
    expect(answer.status).toBe(202);
    expect(await office.ended(task.id)).toMatchObject({ result: { kind: 'rejected', reason: 'too soon' } });
  });
});

describe('nobody decides for a while', () => {
  it('and it is asked elsewhere, where others may decide; both messages say what became of it', async () => {
    const task = await asked('escalated', {
      approvers: { users: [ANNA.id] },
      remindEverySeconds: 1,
      escalation: { afterSeconds: 2, to: 'C0ESCALATIONS', approvers: { users: [BEN.id] } },
    });
    const second = await eventually(async () =>
      (await office.messagesOf(task.id)).find(({ channel }) => channel === 'C0ESCALATIONS'),
    );
    expect(second.ts).not.toBe(task.message.ts);
    await office.click(second, { action: 'approve', user: BEN });
    expect(await office.ended(task.id)).toMatchObject({ result: { kind: 'approved', by: BEN } });
    const questions = (await office.messagesOf(task.id)).filter(({ ts }) =>
      [task.message.ts, second.ts].includes(ts),
    );
    expect(questions.map(isClosed)).toEqual([true, true]);
    for (const question of questions) expect(wordsOf(question)).toContain(BEN.name);
    expect(await callsOf('escalated')).toHaveLength(1);
  });
});

describe('a stale or forged click', () => {
  it('after the decision changes nothing', async () => {
    const task = await asked('stale', { approvers: { users: [ANNA.id, BEN.id] } });
    await reject(task, ANNA);
    await office.ended(task.id);
    await approve(task, BEN);
    await told(BEN, /Rejected by Anna Lindqvist/);
    expect(await office.status(task.id)).toMatchObject({ result: { kind: 'rejected', by: ANNA } });
    expect(await callsOf('stale')).toMatchObject([{ action: 'reject' }]);
  });

  it('raised as garbage by the management API decides nothing, and ends nothing', async () => {
    const task = await asked('garbage', {});
    const management = new Management(stack);
    const name = `decision.${task.message.metadata.event_payload.token_hash}`;
    for (const data of [{}, '"approve"', { action: 'approve', by: 'U0ANNA' }]) {
      const path = `/instances/${task.id}/raiseEvent/${name}`;
      expect((await management.ask('POST', path, data)).status).toBe(202);
    }
    await approve(task, ANNA);
    expect(await office.ended(task.id)).toMatchObject({
      status: 'Completed',
      result: { kind: 'approved', by: ANNA },
    });
    expect(await callsOf('garbage')).toHaveLength(1);
  });
});
