import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Logger } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { ApprovalRules } from './approval-rules';

let dir: string;
const open: ApprovalRules[] = [];
beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-rules-'));
});
afterEach(async () => {
  for (const rules of open.splice(0)) rules.onModuleDestroy();
  await rm(dir, { recursive: true });
});

async function rulesOf(...rules: object[]): Promise<ApprovalRules> {
  const approvalRulesFile = join(dir, 'rules.json');
  await writeFile(approvalRulesFile, JSON.stringify({ rules }));
  const loaded = new ApprovalRules(Object.assign(new IngestionConfig(), { approvalRulesFile }));
  open.push(loaded);
  await loaded.onModuleInit();
  return loaded;
}

const task = (facts: Record<string, string>, more: object = {}) => ({
  taskid: '8900',
  description: 'x',
  facts: Object.entries(facts).map(([label, value]) => ({ label, value })),
  ...more,
});
const PROD = task({ Environment: 'PROD-EU', Project: 'DiPocket' });
const email = { channel: 'email', to: 'ops@example.com' };

/** The policy that the rules make of a start. */
async function policyOf(
  rules: ApprovalRules,
  input: Json,
  workflow = 'NotifyOnTask',
): Promise<Json | undefined> {
  return ((await rules.applied(workflow, input)) as { approval?: Json }).approval;
}

describe('what a rule is about', () => {
  it.each<[string, object, Json, string]>([
    ['a fact', { when: { Environment: 'PROD*' } }, PROD, 'NotifyOnTask'],
    ['a label and a value in other letters', { when: { environment: 'prod-*' } }, PROD, 'NotifyOnTask'],
    ['all of several facts', { when: { Environment: 'PROD*', Project: 'DiPocket' } }, PROD, 'NotifyOnTask'],
    [
      'a fact that is there twice',
      { when: { Env: 'PROD' } },
      {
        facts: [
          { label: 'Env', value: 'TEST' },
          { label: 'Env', value: 'PROD' },
        ],
      },
      'NotifyOnTask',
    ],
    ['a field', { when: { taskid: '89*' } }, PROD, 'NotifyOnTask'],
    ['a field that is a number', { when: { taskid: '8900' } }, { taskid: 8900 }, 'NotifyOnTask'],
    [
      'a field within a field',
      { when: { 'speaker.country': 'N*' } },
      { speaker: { country: 'NO' } },
      'ProcessSubmission',
    ],
    [
      'a fact of the subject',
      { when: { Environment: 'PROD*' } },
      { subject: { facts: PROD.facts } },
      'RequestApproval',
    ],
    ['every start', {}, {}, 'NotifyOnTask'],
    ['every file', { workflow: 'ProcessFile' }, { name: 'a.txt' }, 'ProcessFile'],
  ])('may be %s', async (_, rule, input, workflow) => {
    const rules = await rulesOf({ ...rule, approval: email });
    expect(await policyOf(rules, input, workflow)).toEqual(email);
  });

  it.each<[string, object, Json, string]>([
    [
      'a fact with another value',
      { when: { Environment: 'PROD*' } },
      task({ Environment: 'TEST' }),
      'NotifyOnTask',
    ],
    ['one of two facts', { when: { Environment: 'PROD*', Project: 'Other' } }, PROD, 'NotifyOnTask'],
    ['a fact that is not there, whatever its value', { when: { Owner: '*' } }, PROD, 'NotifyOnTask'],
    ['a field that is a list', { when: { facts: '*' } }, PROD, 'NotifyOnTask'],
    ['what every object has', { when: { constructor: '*', 'facts.length': '*' } }, PROD, 'NotifyOnTask'],
    ['another workflow', { workflow: 'ProcessFile' }, PROD, 'NotifyOnTask'],
    ['a workflow without approvals', {}, { start: '2021-10-10' }, 'QueryAudit'],
  ])('is not met by %s', async (_, rule, input, workflow) => {
    const rules = await rulesOf({ ...rule, approval: email });
    expect(await rules.applied(workflow, input)).toBe(input);
  });

  it('is nothing without a file', async () => {
    expect(await new ApprovalRules(new IngestionConfig()).applied('NotifyOnTask', PROD)).toBe(PROD);
  });
});

describe('what rules make of a policy', () => {
  const asked = (approval: object, ...rules: object[]) =>
    rulesOf(...rules.map((rule) => ({ approval: rule }))).then((rules) =>
      policyOf(rules, { ...PROD, approval } as Json),
    );

  it('a rule wins over the request in what it says, and leaves the rest', async () => {
    expect(
      await asked({ quorum: 1, ttlSeconds: 60, noSelfApproval: false }, { quorum: 2, noSelfApproval: true }),
    ).toEqual({
      quorum: 2,
      ttlSeconds: 60,
      noSelfApproval: true,
    });
  });

  it('all that match count; of two that say the same thing, the first', async () => {
    expect(
      await asked({}, { quorum: 2 }, { quorum: 3, reasonOnReject: true }, { reasonOnReject: false }),
    ).toEqual({
      quorum: 2,
      reasonOnReject: true,
    });
  });

  it('a place goes with the channel that was named with it', async () => {
    expect(await asked({ channel: 'slack', to: 'C1' }, { channel: 'email' })).toEqual({ channel: 'email' });
    expect(await asked({ channel: 'email', to: 'me@example.com' }, { channel: 'email' })).toEqual({
      channel: 'email',
    });
    expect(await asked({}, { channel: 'email' }, { channel: 'slack', to: 'C1' })).toEqual({
      channel: 'email',
    });
    expect(await asked({ channel: 'slack', to: 'C1' }, { quorum: 2 })).toEqual({
      channel: 'slack',
      to: 'C1',
      quorum: 2,
    });
  });

  it.each([
    ['who may decide', { approvers: { users: ['U1', 'U2'] } }],
    ['who is asked', email],
  ])('a request cannot add others by an escalation where a rule says %s', async (_, rule) => {
    const escalation = { afterSeconds: 1, channel: 'slack', to: 'CMINE', approvers: { users: ['UME'] } };
    expect(await asked({ escalation }, rule)).toEqual(rule);
    expect(await asked({ escalation }, { quorum: 2 })).toEqual({ escalation, quorum: 2 });
  });

  it("keeps one rule's escalation beside another rule's approvers", async () => {
    const escalation = { afterSeconds: 60, channel: 'slack', to: 'C2' };
    const approvers = { users: ['U1'] };
    expect(await asked({}, { approvers }, { escalation })).toEqual({ approvers, escalation });
  });

  it('that cannot be met is refused, and says that rules are why', async () => {
    const error: unknown = await asked({ approvers: { users: ['U1'] } }, { quorum: 2 }).catch(
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(Problem);
    const problem = error as Problem;
    expect([problem.getStatus(), problem.detail, problem.more.errors]).toEqual([
      400,
      expect.stringContaining('the rules of this installation'),
      [{ field: 'approval.quorum', message: 'must not be more than there are approvers' }],
    ]);
  });

  it("that contradict each other are the operator's to mend: the start may be tried again", async () => {
    const error: unknown = await asked({}, { quorum: 2 }, { approvers: { users: ['U1'] } }).catch(
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(Problem);
    const { detail, more } = error as Problem;
    expect([(error as Problem).getStatus(), more.headers]).toEqual([503, { 'retry-after': '60' }]);
    expect(detail).toContain('approval.quorum must not be more than there are approvers');
  });
});

describe('a file that cannot be used', () => {
  it('stops the service at boot, and says what is wrong where', async () => {
    await expect(rulesOf({ approval: { quorum: 'two' } })).rejects.toThrow(
      /The file of approval rules .*rules\.json \(APPROVAL_RULES_FILE\) is not valid: rules\.0\.approval\.quorum /,
    );
    const missing = Object.assign(new IngestionConfig(), { approvalRulesFile: join(dir, 'none.json') });
    await expect(new ApprovalRules(missing).onModuleInit()).rejects.toThrow(
      /APPROVAL_RULES_FILE\) cannot be read: ENOENT/,
    );
  });
});

describe('a rule by which people are asked who cannot answer', () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([
    [1, { ...email, quorum: 2 }],
    [1, { ...email, noSelfApproval: true }],
    [1, { ...email, approvers: { users: ['key:release'] } }],
    [0, email],
    [0, { ...email, quorum: 2, escalation: { afterSeconds: 60, channel: 'slack' } }],
    [0, { channel: 'slack', quorum: 2 }],
  ])('is told in the log: %i warnings of %j', async (warnings, approval) => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await rulesOf({ approval });
    expect(warn.mock.calls).toEqual(
      Array(warnings).fill([expect.stringMatching(/^rules\.0 asks by e-mail/)]),
    );
  });
});
