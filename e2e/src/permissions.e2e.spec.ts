/**
 * The users of the NATS servers in production, k8s/base/nats/permissions.conf: each may do what its service does,
 * and nothing else. The subjects are written out here once more, by hand, so that a permission that is widened or
 * narrowed by mistake is noticed.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { Logger } from '@nestjs/common';
import { AuditTable, distinctPeople } from './support/audit-table';
import { eventually } from '@countersign/testing';
import { allowed, type GuardedNats, startGuardedNats } from './support/guarded-nats';
import { Management } from './support/management';
import { scrape, sumOf } from './support/metrics';
import { ANNA, Office } from './support/office';
import { operatorOf } from './support/operator';
import { QueryClient } from './support/query-client';
import { startTestStack, type TestStack } from './support/test-stack';

const COORDINATOR = 'saga-coordinator';
const QUEUES: Readonly<Record<string, string>> = {
  tokens: 'token-store',
  slack: 'slack-notifier',
  flexdeploy: 'flexdeploy-adapter',
  query: 'query-worker',
  'query-cleanup': 'query-worker',
  email: 'mail-notifier',
  reviews: 'talk-reviewer',
  push: 'push-notifier',
  files: 'file-store',
};
const WORKERS = [...new Set(Object.values(QUEUES))];
const SERVICES = [COORDINATOR, 'ingestion', 'status-api', ...WORKERS];
const ONLY_COORDINATOR = [COORDINATOR];
const NOBODY: readonly string[] = [];
/** Who reads what became of an input. */
const CLIENTS = [COORDINATOR, 'ingestion', 'status-api', 'slack-notifier'];
const READERS = [COORDINATOR, 'status-api'];

type Row = readonly [subject: string, who: readonly string[]];

const api = (rest: string): string => `$JS.API.${rest}`;
const each = <T>(of: Readonly<Record<string, T>>, rows: (name: string, value: T) => readonly Row[]): Row[] =>
  Object.entries(of).flatMap(([name, value]) => rows(name, value));

const messages: readonly Row[] = [
  ['wf.0.i.in', SERVICES],
  ...['step', 'parked', 'purged', 'timer.1-1', 'timer.1-w'].map((kind): Row => [
    `wf.0.i.${kind}`,
    ONLY_COORDINATOR,
  ]),
  ['wf.0.@.retention', ONLY_COORDINATOR],
  ['wf.0.i.progress.1-1', [COORDINATOR, ...WORKERS]],
  ['$KV.countersign.shards', ONLY_COORDINATOR],
  ['$KV.countersign.other', NOBODY],
  ['dead.other', NOBODY],
  ['other', NOBODY],
  ['_INBOX.x', NOBODY],
  ...SERVICES.map((service): Row => [`_INBOX_${service}.x`, NOBODY]),
  ...each(QUEUES, (queue, service) => [
    [`wf.0.i.task.${queue}.a.1-1`, ONLY_COORDINATOR],
    [`dead.${queue}`, [service]],
  ]),
];

const streams: readonly Row[] = [
  [api('INFO'), SERVICES],
  ...['CREATE', 'UPDATE', 'PURGE', 'MSG.DELETE'].map((what): Row => [
    api(`STREAM.${what}.WF_0`),
    ONLY_COORDINATOR,
  ]),
  ...['STREAM.DELETE.WF_0', 'STREAM.SNAPSHOT.WF_0', 'STREAM.RESTORE.WF_0', 'STREAM.NAMES', 'STREAM.LIST'].map(
    (what): Row => [api(what), NOBODY],
  ),
  [api('STREAM.INFO.WF_0'), READERS],
  [api('STREAM.MSG.GET.WF_0'), CLIENTS],
  [api('STREAM.MSG.GET.DEAD_LETTERS'), ONLY_COORDINATOR],
  [api('DIRECT.GET.WF_0'), CLIENTS],
  [api('DIRECT.GET.KV_countersign.$KV.countersign.shards'), SERVICES],
  [api('DIRECT.GET.WF_0.wf.0.i.step'), SERVICES],
  [api('DIRECT.GET.WF_0.wf.0.i.progress.1-1'), [...READERS, ...WORKERS]],
  ...['i.in', 'i.timer.1-1', 'i.parked', '>', 'i.>'].map((rest): Row => [
    api(`DIRECT.GET.WF_0.wf.0.${rest}`),
    ONLY_COORDINATOR,
  ]),
  [api('DIRECT.GET.DEAD_LETTERS.dead.slack'), ONLY_COORDINATOR],
  ...each(QUEUES, (queue) => [[api(`DIRECT.GET.WF_0.wf.0.i.task.${queue}.a.1-1`), ONLY_COORDINATOR]]),
];

const CONSUMERS = {
  coordinator: COORDINATOR,
  ...Object.fromEntries(Object.entries(QUEUES).map(([queue, service]) => [`queue-${queue}`, service])),
};

const consumers: readonly Row[] = [
  ...each(CONSUMERS, (consumer, owner) => [
    [api(`CONSUMER.CREATE.WF_0.${consumer}.wf.0.*.step`), ONLY_COORDINATOR],
    [api(`CONSUMER.INFO.WF_0.${consumer}`), [...new Set([...READERS, owner])]],
    [api(`CONSUMER.MSG.NEXT.WF_0.${consumer}`), [owner]],
    [`$JS.ACK.WF_0.${consumer}.1.1.1.1.0`, [owner]],
    [api(`CONSUMER.UNPIN.WF_0.${consumer}`), consumer === 'coordinator' ? ONLY_COORDINATOR : NOBODY],
    ...['DELETE', 'PAUSE', 'RESET'].map((what): Row => [api(`CONSUMER.${what}.WF_0.${consumer}`), NOBODY]),
  ]),
  ...['wf.0.*.step', 'wf.0.*.purged'].map((filter): Row => [
    api(`CONSUMER.CREATE.WF_0.feed-1.${filter}`),
    READERS,
  ]),
  ...['wf.0.*.in', 'wf.0.*.task.slack.>', 'wf.0.>'].map((filter): Row => [
    api(`CONSUMER.CREATE.WF_0.feed-1.${filter}`),
    ONLY_COORDINATOR,
  ]),
  ...['CREATE.WF_0', 'CREATE.WF_0.feed-1', 'DURABLE.CREATE.WF_0.feed-1', 'NAMES.WF_0', 'LIST.WF_0'].map(
    (what): Row => [api(`CONSUMER.${what}`), NOBODY],
  ),
  [api('CONSUMER.INFO.WF_0.feed-1'), READERS],
  [api('CONSUMER.MSG.NEXT.WF_0.feed-1'), ['status-api']],
  [api('CONSUMER.DELETE.WF_0.feed-1'), ['status-api']],
];

const listening: readonly Row[] = [
  ...['>', 'wf.>', 'wf.0.i.in', 'wf.0.*.in', 'dead.>', '$KV.>', '$JS.>', '$JS.ACK.>', '_INBOX.>'].map(
    (subject): Row => [subject, NOBODY],
  ),
  ...['wf.0.i.step', 'wf.0.*.step'].map((subject): Row => [
    subject,
    ['ingestion', 'status-api', 'slack-notifier'],
  ]),
  ['wf.0.i.progress.*', ['status-api']],
  ...each(QUEUES, (queue) => [[`wf.0.*.task.${queue}.>`, NOBODY]]),
  ...SERVICES.map((service): Row => [`_INBOX_${service}.x.*`, [service]]),
];

const publishing = [...messages, ...streams, ...consumers];
const of = (service: string, rows: readonly Row[]): string[] =>
  rows.filter(([, who]) => who.includes(service)).map(([subject]) => subject);

describe('with nothing but its permissions', () => {
  let nats: GuardedNats;
  beforeAll(async () => {
    // The connections say each time that they are refused.
    Logger.overrideLogger(false);
    nats = await startGuardedNats();
  });
  afterAll(() => nats?.stop());

  it('the table names every user of the file, and each queue of its service', async () => {
    const users = Object.keys(nats.env).filter((name) => name.startsWith('NATS_PASSWORD_'));
    const named = ['operator', ...SERVICES].map(
      (name) => `NATS_PASSWORD_${name.toUpperCase().replaceAll('-', '_')}`,
    );
    expect(users.toSorted()).toEqual(named.toSorted());
  });

  it.each(SERVICES)(
    '%s may publish to, and listen to, what its service needs, and nothing else',
    async (service) => {
      const user = await nats.connect(service);
      const subjects = (rows: readonly Row[]) => rows.map(([subject]) => subject);
      expect(await allowed(user, subjects(publishing), subjects(listening))).toEqual({
        publish: of(service, publishing),
        listen: of(service, listening),
      });
      await user.close();
    },
  );

  describe('and the streams of a deployment', () => {
    let operator: JetStreamConnection;
    beforeAll(async () => {
      operator = await nats.connect('operator');
      const config = {
        allow_direct: true,
        allow_msg_schedules: true,
        subjects: ['wf.0.>'],
        storage: 'memory',
      };
      await operator.nc.request(api('STREAM.CREATE.WF_0'), JSON.stringify({ name: 'WF_0', ...config }));
    });
    afterAll(() => operator?.close());

    const stored = async (subject: string): Promise<string | undefined> => {
      const query = JSON.stringify({ last_by_subj: subject });
      const answer = await operator.nc.request(api('STREAM.MSG.GET.WF_0'), query);
      const { message } = answer.json<{ message?: { data: string } }>();
      return message && Buffer.from(message.data, 'base64').toString();
    };

    it.each([
      ['another filter', { filter_subject: 'wf.0.*.task.slack.>' }],
      ['more filters', { filter_subjects: ['wf.0.*.step', 'wf.0.*.task.slack.>'] }],
      ['no filter', {}],
      [
        'a subject of the stream to deliver to',
        { filter_subject: 'wf.0.*.step', deliver_subject: 'wf.0.i.step' },
      ],
    ])('status-api gets no consumer whose body says %s', async (_, config) => {
      const user = await nats.connect('status-api');
      const body = JSON.stringify({
        stream_name: 'WF_0',
        config: { name: 'feed-2', ack_policy: 'none', ...config },
      });
      const answer = await user.nc.request(api('CONSUMER.CREATE.WF_0.feed-2.wf.0.*.step'), body);
      expect(answer.json()).toMatchObject({ error: { code: 400 } });
      await user.close();
    });

    // docs/security.md says so. Should a server refuse one of these, that may be taken out there.
    it('the server still writes where the user may not: an answer, and a message whose time has come', async () => {
      const user = await nats.connect('ingestion');
      const logs = new ShardLogs(user, 1);
      user.nc.publish('wf.0.i.in', 'an input', { reply: 'wf.0.answered.step' });
      const schedule = { at: Date.now(), target: 'wf.0.scheduled.step' };
      await logs.at(0).publish({ subject: 'wf.0.i.in', body: 'a forged step', schedule });
      logs.close();
      expect(await eventually(() => stored('wf.0.answered.step'))).toContain('"stream":"WF_0"');
      expect(await eventually(() => stored('wf.0.scheduled.step'))).toBe('a forged step');
      await user.close();
    });
  });
});

describe('every service under its own user', () => {
  let nats: GuardedNats;
  let stack: TestStack;
  let office: Office;
  beforeAll(async () => {
    nats = await startGuardedNats();
    // With the token of Socket Mode, clicks come in through slack-notifier.
    const env = { ...nats.env, SLACK_APP_TOKEN: 'xapp-of-this-test' };
    stack = await startTestStack({ sampleRows: true, env });
    office = new Office(stack.url);
  });
  afterAll(async () => {
    await stack?.dispose();
    await nats?.stop();
  });
  /** Nothing that a service did was refused to it. */
  afterEach(async () => {
    for (const file of await readdir(stack.logs)) {
      const lines = (await readFile(join(stack.logs, file), 'utf8')).split('\n');
      expect([file, ...lines.filter((line) => /refuses this user|Permissions Violation/.test(line))]).toEqual(
        [file],
      );
    }
  });

  it('tells Prometheus of every queue', async () => {
    const series = await scrape(stack.urls['saga-coordinator/metrics']);
    expect(sumOf(series, 'countersign_queues_up')).toBe(1);
    for (const queue of Object.keys(QUEUES))
      expect([queue, sumOf(series, 'countersign_queue_lag', { queue })]).toEqual([queue, 0]);
  });

  it('carries an approval to its end, over an attempt that fails', async () => {
    await office.fault({ target: 'flexdeploy', mode: 'error' });
    const { id, message } = await office.raised('guarded-1');
    expect(await office.click(message, { action: 'approve', user: ANNA })).toMatchObject([{ via: 'socket' }]);
    await office.faultMet('flexdeploy', 2);
    await office.fault({ target: 'flexdeploy', mode: 'off' });
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
    expect(await office.task('guarded-1')).toMatchObject({ status: 'APPROVED' });
  });

  it('decides by HTTP, too', async () => {
    const { id, token } = await office.raised('guarded-by-http');
    await office.request('POST', '/api/orchestrators/ActionOnToken', { token, action: 'reject' });
    expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'rejected' } });
  });

  it('carries a query to its end, although its worker is killed on the way', async () => {
    const client = new QueryClient(stack);
    const id = await client.submitted('s=10/10/2021&e=20/10/2021');
    await eventually(
      () => client.status(id),
      ({ body }) => (body.progress?.rows ?? 0) > 0,
    );
    await stack.kill('query-worker');
    await stack.restart('query-worker');
    const { body } = await client.ended(id, 60_000);
    const days = ['2021-10-10', '2021-10-20'] as const;
    const result = distinctPeople(await new AuditTable(stack).rows(...days), ...days);
    expect(body).toMatchObject({ status: 'Completed', result });
  });

  it('has its operator look at the queues and take a backup, and nobody with another password', async () => {
    const { NATS_URL = '', NATS_CA_FILE = '', NATS_PASSWORD_OPERATOR: NATS_PASSWORD = '' } = nats.env;
    const env = { NATS_URL, NATS_CA_FILE, NATS_USER: 'operator', NATS_PASSWORD };
    const operator = operatorOf(env);
    expect(await operator('queues')).toMatchObject({ code: 0, err: '' });
    expect(await operator('dead-letters', 'put-back', '--all')).toMatchObject({ code: 0, err: '' });
    const folder = await mkdtemp(join(tmpdir(), 'countersign-backup-'));
    expect(await operator('backup', folder)).toMatchObject({ code: 0, err: '' });
    await rm(folder, { recursive: true });
    const stranger = await operatorOf({ ...env, NATS_PASSWORD: 'guessed' })('queues');
    expect(stranger).toMatchObject({ code: 1, err: expect.stringContaining('refuses the user operator') });
  });

  it('lists, shows, terminates and purges an instance', async () => {
    const management = new Management(stack);
    const { id } = await office.raised('guarded-2');
    await eventually(
      async () => (await management.ask('GET', '/instances')).body as { instanceId: string }[],
      (all) => all.some(({ instanceId }) => instanceId === id),
    );
    expect((await management.history(id)).length).toBeGreaterThan(1);
    await management.post(id, 'terminate');
    await management.reached(id, 'Terminated');
    expect((await management.ask('DELETE', `/instances/${id}`)).body).toEqual({ instancesDeleted: 1 });
    await eventually(
      async () => (await management.ask('GET', '/instances')).body as { instanceId: string }[],
      (all) => all.every(({ instanceId }) => instanceId !== id),
    );
  });
});
