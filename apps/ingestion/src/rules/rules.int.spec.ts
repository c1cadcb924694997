/** The operator's rules, over HTTP, while their file changes. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, until } from '@countersign/testing';
import { Logger } from '@nestjs/common';
import { RunningIngestion } from '../testing/running-ingestion';

const SECRET = 'a secret that FlexDeploy knows';
const PROD = { taskid: '8900', description: 'x', facts: [{ label: 'Environment', value: 'PROD' }] };
const EMAIL = { channel: 'email', to: 'ops@example.com' };

let dir: string;
let ingestion: RunningIngestion;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-rules-'));
  await write({ when: { Environment: 'PROD*' }, approval: EMAIL });
  ingestion = await RunningIngestion.start({
    APPROVAL_RULES_FILE: join(dir, 'rules.json'),
    FLEXDEPLOY_WEBHOOK_SECRET: SECRET,
  });
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  await ingestion.stop();
  await rm(dir, { recursive: true });
});

/** In one go: half a file would be an error of its own. */
async function write(...rules: object[]): Promise<void> {
  await writeFile(join(dir, 'new'), JSON.stringify({ rules }));
  await rename(join(dir, 'new'), join(dir, 'rules.json'));
}

async function started(answer: Response): Promise<string> {
  const { id } = (await answer.json()) as { id: string };
  if (answer.status !== 202) throw new Error(`Not started: ${answer.status}`);
  return id;
}

const start = async (body: object, headers: Record<string, string> = {}, workflow = 'NotifyOnTask') =>
  started(await ingestion.post(`/api/orchestrators/${workflow}`, body, headers));

async function policyOf(id: string): Promise<unknown> {
  const [input] = await ingestion.inputs(id);
  if (input?.body.type !== 'started') throw new Error(`${id} was not started`);
  return (input.body.input as { approval?: unknown }).approval;
}

/** Starts again and again until the rules are those of the file; services look at it every two seconds. */
const untilPolicy = (wanted: unknown) =>
  eventually(
    async () => policyOf(await start(PROD)),
    (policy) => JSON.stringify(policy) === JSON.stringify(wanted),
  );

it('are part of the input, whoever starts: by the API, by a webhook, with or without a policy of their own', async () => {
  expect(await policyOf(await start(PROD))).toEqual(EMAIL);
  expect(await policyOf(await start({ ...PROD, approval: { channel: 'slack', quorum: 2 } }))).toEqual({
    ...EMAIL,
    quorum: 2,
  });
  const subject = { description: 'x', facts: PROD.facts };
  expect(await policyOf(await start({ subject }, {}, 'RequestApproval'))).toEqual(EMAIL);
  const payload = { taskId: 1, description: 'x', environmentName: 'PROD-EU' };
  const event = { eventType: 'Task Created', payload };
  const told = await ingestion.post('/flexdeploy/webhook', event, { 'x-flexdeploy-secret': SECRET });
  expect(await policyOf(await started(told))).toEqual(EMAIL);
});

it('leave alone what they are not about', async () => {
  const approval = { channel: 'slack' };
  expect(await policyOf(await start({ taskid: '1', description: 'x', approval }))).toEqual(approval);
  expect(await policyOf(await start({ taskid: '1', description: 'x' }))).toBeUndefined();
});

it('that do not go together with a request refuse it, by the name of the field', async () => {
  await write({ approval: { quorum: 2 } });
  await untilPolicy({ quorum: 2 });
  const before = await ingestion.storedSubjects();
  const answer = await ingestion.post('/api/orchestrators/NotifyOnTask', {
    ...PROD,
    approval: { approvers: { users: ['U1'] } },
  });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    expect.objectContaining({ errors: [expect.objectContaining({ field: 'approval.quorum' })] }),
  ]);
  expect(await ingestion.storedSubjects()).toEqual(before);
});

it('that change make no other request of one that is repeated (hazard 25)', async () => {
  await write({ approval: { quorum: 2 } });
  await untilPolicy({ quorum: 2 });
  const key = { 'idempotency-key': 'release-7' };
  const id = await start(PROD, key);
  await write({ approval: { quorum: 3 } });
  await untilPolicy({ quorum: 3 });
  expect(await start(PROD, key)).toBe(id);
  expect(await policyOf(id)).toEqual({ quorum: 2 });
  const other = await ingestion.post('/api/orchestrators/NotifyOnTask', { ...PROD, taskid: '1' }, key);
  expect(other.status).toBe(422);
});

it('that are broken while the service runs leave the last good ones, and are logged by the name of the field', async () => {
  await write({ approval: { quorum: 4 } });
  await untilPolicy({ quorum: 4 });
  const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  await write({ approval: { quorum: 'all' } });
  await until(() => error.mock.calls.length > 0);
  expect(error.mock.calls).toEqual([
    [expect.stringMatching(/APPROVAL_RULES_FILE\) is not valid: rules\.0\.approval\.quorum must/)],
  ]);
  expect(await policyOf(await start(PROD))).toEqual({ quorum: 4 });
  await write({ approval: { quorum: 5 } });
  await untilPolicy({ quorum: 5 });
});

it('that are broken at boot stop the service', async () => {
  await writeFile(join(dir, 'broken.json'), '{"rules": [{"approval": {"channel": "fax"}}]}');
  await expect(RunningIngestion.start({ APPROVAL_RULES_FILE: join(dir, 'broken.json') })).rejects.toThrow(
    /broken\.json \(APPROVAL_RULES_FILE\) is not valid: rules\.0\.approval\.channel must be one of/,
  );
});
