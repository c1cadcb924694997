/** Approvals by e-mail, chosen by the operator's rules, with every process running. */
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@countersign/testing';
import { ANNA, isClosed, Office, wordsOf } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

interface Mail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly messageId?: string;
  readonly inReplyTo?: string;
  readonly references?: string;
}

const OPS = 'ops@example.com';

let dir: string;
let stack: TestStack;
let office: Office;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'countersign-rules-'));
  await writeRules();
  stack = await startTestStack({ env: { APPROVAL_RULES_FILE: join(dir, 'rules.json') } });
  office = new Office(stack.url);
});
afterAll(async () => {
  await stack?.dispose();
  await rm(dir, { recursive: true });
});

/** PROD by e-mail; the first rules go before. In one go, as a mounted file changes. */
async function writeRules(...first: object[]): Promise<void> {
  const prod = { when: { Environment: 'PROD*' }, approval: { channel: 'email', to: OPS } };
  await writeFile(join(dir, 'new'), JSON.stringify({ rules: [...first, prod] }));
  await rename(join(dir, 'new'), join(dir, 'rules.json'));
}

const mails = async (): Promise<Mail[]> =>
  (await office.request('GET', '/sandbox/api/mail/messages')).body as Mail[];

/** All mails about a task, oldest first. */
const mailsAbout = async (taskid: string): Promise<Mail[]> =>
  (await mails()).filter(({ text }) => text.includes(`FlexDeploy task: ${taskid}\n`));

/** Those about a task, once there are that many. */
const mailed = (taskid: string, count: number): Promise<Mail[]> =>
  eventually(
    () => mailsAbout(taskid),
    (mails) => mails.length >= count,
  );

/** Starts an approval of a task for an environment; nothing in the request is about channels. */
async function raised(taskid: string, environment: string, more: object = {}): Promise<string> {
  const facts = [{ label: 'Environment', value: environment }];
  const answer = await office.start({ taskid, description: `Release ${taskid} goes out`, facts, ...more });
  if (answer.status !== 202) throw new Error(`Not started: ${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as { id: string }).id;
}

/** Path of the page that a mail leads to: the only link in it. */
function pageIn({ text, html = '' }: Mail): string {
  const [link, ...others] = [...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url ?? '');
  if (link === undefined || others.length > 0) throw new Error(`${others.length + 1} links in ${html}`);
  expect(text).toContain(link);
  expect(link.startsWith(`${stack.url}/approvals/`)).toBe(true);
  return new URL(link).pathname;
}

const decide = (page: string, form: string) =>
  office.request('POST', page, form, {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'text/html',
  });

describe('a rule that sends PROD by e-mail', () => {
  it('takes a PROD task there and leaves a TEST task in Slack, with the same request', async () => {
    const prod = await raised('prod', 'PROD-EU');
    const test = await raised('test', 'TEST');
    const [mail] = await mailed('prod', 1);
    expect(mail).toMatchObject({ to: OPS, subject: 'Approval needed: Release prod goes out' });
    const message = await office.messageOf(test);
    await office.click(message, { action: 'approve', user: ANNA });
    expect(await office.ended(test)).toMatchObject({
      result: { kind: 'approved', by: ANNA, channel: 'slack' },
    });
    expect(await office.messagesOf(prod)).toEqual([]);
    expect(await mailsAbout('test')).toEqual([]);
  });

  it('holds for what FlexDeploy tells by its webhook', async () => {
    await office.request('POST', '/sandbox/api/flexdeploy/tasks', {
      taskId: 'hooked',
      description: 'Release hooked goes out',
      environment: 'PROD',
      notify: 'webhook',
    });
    const [mail] = await mailed('hooked', 1);
    await office.decideInFlexDeploy('hooked', 'approve');
    const [, outcome] = await mailed('hooked', 2);
    expect(outcome).toMatchObject({ inReplyTo: mail?.messageId, text: expect.stringContaining('Decided') });
  });
});

describe("the page behind a mail's link", () => {
  it('decides, FlexDeploy gets it, and the outcome arrives in the thread', async () => {
    const id = await raised('decided', 'PROD');
    const [mail] = await mailed('decided', 1);
    const page = pageIn(mail!);
    // What scanners of links do decides nothing.
    for (const method of ['GET', 'HEAD', 'GET'])
      expect((await office.request(method, page)).status).toBe(200);
    expect(await office.status(id)).toMatchObject({ status: 'Running', customStatus: { stage: 'waiting' } });
    const form = await decide(page, 'action=approve&by=Dora&reason=');
    expect(form).toMatchObject({ status: 202, body: expect.stringContaining('Approved by Dora') });
    expect(await office.ended(id)).toMatchObject({
      status: 'Completed',
      result: { kind: 'approved', by: { id: 'page', name: 'Dora' } },
    });
    expect(await office.task('decided')).toMatchObject({
      status: 'APPROVED',
      notes: expect.stringContaining('Dora'),
      calls: [{ action: 'approve', status: 200 }],
    });
    const [, outcome, ...others] = await mailed('decided', 2);
    expect(others).toEqual([]);
    expect(outcome).toMatchObject({
      to: OPS,
      subject: 'Re: Approval needed: Release decided goes out',
      inReplyTo: mail?.messageId,
      references: mail?.messageId,
      text: expect.stringContaining('Approved by Dora'),
    });
    expect((await decide(page, 'action=reject&by=Eve')).status).toBe(409);
  });

  it('tells after the time that it is over; that arrives in the thread, and FlexDeploy hears nothing', async () => {
    const id = await raised('expired', 'PROD', { approval: { ttlSeconds: 3, remindEverySeconds: 1 } });
    expect(await office.ended(id)).toMatchObject({ result: { kind: 'expired' } });
    const all = await eventually(
      () => mailsAbout('expired'),
      (mails) => mails.some(({ text }) => text.startsWith('Expired')),
    );
    const [mail, ...replies] = all;
    expect(replies.map(({ inReplyTo }) => inReplyTo)).toEqual(replies.map(() => mail?.messageId));
    expect(replies.filter(({ text }) => text.startsWith('Reminder')).length).toBeGreaterThan(0);
    expect(replies.at(-1)?.text).toContain('Nobody decided before');
    expect(new Set(all.map(({ messageId }) => messageId)).size).toBe(all.length);
    expect((await office.request('GET', pageIn(mail!))).status).toBe(410);
    expect(await office.task('expired')).toBeUndefined();
  });
});

describe('a mail server', () => {
  it('that is down for a while loses nothing: the question, once it is back', async () => {
    await office.request('POST', '/sandbox/api/faults', { target: 'mail', mode: 'down' });
    const id = await raised('down', 'PROD');
    await eventually(
      async () => (await office.request('GET', '/sandbox/api/faults')).body as { mail: { requests: number } },
      ({ mail }) => mail.requests >= 2,
    );
    expect(await mailsAbout('down')).toEqual([]);
    expect((await fetch(`${stack.urls['mail-notifier']}/health/ready`)).status).toBe(200);
    await office.request('POST', '/sandbox/api/faults', { target: 'mail', mode: 'off' });
    const [mail] = await mailed('down', 1);
    await decide(pageIn(mail!), 'action=reject&by=Dora&reason=Freeze');
    expect(await office.ended(id)).toMatchObject({ result: { kind: 'rejected', reason: 'Freeze' } });
    const [, outcome] = await mailed('down', 2);
    expect(outcome?.text).toContain('Reason: Freeze');
  });

  it('that was told of by a notifier which died gets the question once more, under the same Message-ID', async () => {
    await office.request('POST', '/sandbox/api/faults', { target: 'mail', mode: 'slow' });
    const id = await raised('killed', 'PROD');
    // The server has it, and has not said so yet.
    await mailed('killed', 1);
    await stack.kill('mail-notifier');
    await office.request('POST', '/sandbox/api/faults', { target: 'mail', mode: 'off' });
    await stack.restart('mail-notifier');
    const [first, again] = await mailed('killed', 2);
    expect(again).toEqual({ ...again, messageId: first?.messageId, html: first?.html });
    await decide(pageIn(again!), 'action=approve&by=Dora');
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
    expect((await office.task('killed'))?.calls).toHaveLength(1);
  }, 120_000);

  it('that knows the recipient no more ends the instance, and says why', async () => {
    const id = await raised('refused', 'TEST', { approval: { channel: 'email', to: 'missing@example.com' } });
    const { status, error } = await office.ended(id);
    expect([status, error?.message]).toEqual(['Failed', expect.stringContaining('missing@example.com')]);
  });
});

it('an approval that nobody decided in Slack goes on by e-mail, and one decision closes both', async () => {
  const escalation = { afterSeconds: 1, channel: 'email', to: 'cto@example.com' };
  const id = await raised('escalated', 'TEST', { approval: { escalation } });
  const [mail] = await mailed('escalated', 1);
  expect(mail).toMatchObject({
    to: 'cto@example.com',
    text: expect.stringContaining('asked for elsewhere before'),
  });
  await decide(pageIn(mail!), 'action=approve&by=Dora');
  expect(await office.ended(id)).toMatchObject({ result: { kind: 'approved' } });
  const [, outcome] = await mailed('escalated', 2);
  expect(outcome?.text).toContain('Approved by Dora');
  expect(wordsOf(await office.messageOf(id, isClosed))).toContain('Dora');
});

it('rules that change hold for what starts then, and for nothing that waits', async () => {
  const waits = await raised('before', 'PROD');
  const [mail] = await mailed('before', 1);
  await writeRules({ approval: { channel: 'slack', to: 'C0DEPLOYMENTS' } });
  let n = 0;
  const id = await eventually(async () => {
    const taskid = `after-${n++}`;
    const id = await raised(taskid, 'PROD');
    await eventually(
      async () => (await office.messagesOf(id)).length + (await mailsAbout(taskid)).length || undefined,
    );
    return (await office.messagesOf(id)).length > 0 ? id : undefined;
  });
  await office.click(await office.messageOf(id), { action: 'approve' });
  await office.ended(id);
  await decide(pageIn(mail!), 'action=approve&by=Dora');
  expect(await office.ended(waits)).toMatchObject({ result: { kind: 'approved' } });
  expect((await mailed('before', 2)).at(-1)?.text).toContain('Approved by Dora');
});
