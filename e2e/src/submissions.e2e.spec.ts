/** Application 3 with every process running: talks are submitted, reviewed by rules or by people, and followed. */
import { eventually, TALK as talk } from '@countersign/testing';
import { applied, Journals } from './support/journals';
import { Management } from './support/management';
import { ANNA, isClosed, Office, type SlackMessage, wordsOf } from './support/office';
import { type Answer, requester, type Requester } from './support/request';
import { startTestStack, type TestStack } from './support/test-stack';

const SERVICES = [
  'ingestion',
  'saga-coordinator',
  'status-api',
  'talk-reviewer',
  'token-store',
  'slack-notifier',
  'sandbox',
] as const;

let stack: TestStack;
let request: Requester;
let journals: Journals;
let office: Office;
beforeAll(async () => {
  stack = await startTestStack({ services: SERVICES });
  request = requester(stack.url);
  journals = await Journals.open(stack);
  office = new Office(stack.url);
});
afterAll(async () => {
  await journals?.close();
  await stack?.dispose();
});

async function submitted(change: object = {}): Promise<string> {
  const { status, body } = await request('POST', '/api/submit', { ...talk, ...change });
  if (status !== 202) throw new Error(`Not accepted: ${status} ${JSON.stringify(body)}`);
  return (body as { id: string }).id;
}
const status = (id: string): Promise<Answer> => request('GET', `/api/status/${id}`);
const ended = async (id: string): Promise<unknown> =>
  (
    await eventually(
      () => status(id),
      (answer) => answer.status === 200,
    )
  ).body;
/** Every custom status that the instance ever had, in order. */
async function stagesOf(id: string): Promise<unknown[]> {
  const journal = await journals.of(id);
  return [...new Set(journal?.steps.map(({ customStatus }) => customStatus))];
}
const completed = (id: string, accepted: boolean) => ({
  id,
  status: 'Completed',
  customStatus: accepted ? 'Approved' : 'Rejected',
  result: accepted,
});

it('a decent talk goes through every stage into the programme', async () => {
  const answer = await request('POST', '/api/submit', talk);
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([202, '20']);
  const { id, statusUri } = answer.body as { id: string; statusUri: string };
  expect(answer.headers.get('location')).toBe(statusUri);
  await ended(id);
  expect((await request('GET', statusUri)).body).toEqual(completed(id, true));
  const operation = await request('GET', answer.headers.get('operation-location') ?? '');
  expect(operation.body).toMatchObject({ status: 'Succeeded', result: true });
  expect(await stagesOf(id)).toEqual(['Moderation', 'Shortlisting', 'Selection', 'Approved']);
});

it.each([
  ['moderation', { title: 'HOW TO WIN THE LOTTERY' }, ['Moderation', 'Rejected'], 'banned words'],
  ['shortlisting', { description: 'Soon.' }, ['Moderation', 'Shortlisting', 'Rejected'], 'at least 10 words'],
  [
    'selection',
    { track: 'Gardening' },
    ['Moderation', 'Shortlisting', 'Selection', 'Rejected'],
    'Frontend, Backend',
  ],
])('one that does not pass the %s is rejected there, with the reason', async (_, change, stages, reason) => {
  const id = await submitted(change);
  expect(await ended(id)).toEqual(completed(id, false));
  expect(await stagesOf(id)).toEqual(stages);
  const results = (await journals.of(id))?.inputs
    .map(({ body }) => body)
    .filter(({ type }) => type === 'completed');
  expect(JSON.stringify(results?.at(-1))).toMatch(new RegExp(`Not met: [^"]*${reason}`));
});

it('waits for the reviewer, shows where it is, and tells pollers to come back every 20 seconds', async () => {
  await stack.kill('talk-reviewer');
  const id = await submitted();
  const waiting = await eventually(
    () => status(id),
    ({ body }) => (body as { customStatus: unknown }).customStatus === 'Moderation',
  );
  expect([waiting.status, waiting.headers.get('retry-after')]).toEqual([202, '20']);
  await stack.restart('talk-reviewer');
  expect(await ended(id)).toEqual(completed(id, true));
});

it('every talk is reviewed once, whatever is killed meanwhile', async () => {
  const TALKS = 150;
  const changes = Array.from({ length: TALKS }, (_, n) => (n % 3 === 0 ? { track: 'Gardening' } : {}));
  const batch = (from: number, to: number) => Promise.all(changes.slice(from, to).map(submitted));
  const ids = await batch(0, 50);
  await stack.kill('talk-reviewer');
  ids.push(...(await batch(50, 100)));
  const atKill = await Promise.all(ids.map(status));
  expect(atKill.filter(({ status }) => status === 202).length).toBeGreaterThanOrEqual(50);
  await stack.restart('talk-reviewer');
  ids.push(...(await batch(100, TALKS)));
  await Promise.all([stack.kill('talk-reviewer'), stack.kill('saga-coordinator')]);
  await Promise.all([stack.restart('talk-reviewer'), stack.restart('saga-coordinator')]);
  expect(await Promise.all(ids.map(ended))).toEqual(ids.map((id, n) => completed(id, n % 3 !== 0)));
  for (const id of ids) {
    const journal = await journals.of(id);
    expect(journal && applied(journal, 'completed')).toBe(3);
  }
});

describe('where people make the selection', () => {
  /** Submits a talk of a title of its own; resolves with the message that asks about it. */
  async function asked(title: string, approval: object = {}): Promise<{ id: string; message: SlackMessage }> {
    const id = await submitted({ title, approval });
    return { id, message: await messageOf(title) };
  }
  const messageOf = (title: string, accept: (message: SlackMessage) => boolean = () => true) =>
    eventually(async () =>
      (await office.messages()).find((message) => wordsOf(message).includes(title) && accept(message)),
    );

  it('they are asked in Slack about the talk, and their yes puts it into the programme', async () => {
    const { id, message } = await asked('By people');
    for (const word of ['Ada Lovelace', 'Backend', 'GB', 'What a machine can do'])
      expect(wordsOf(message)).toContain(word);
    expect((await status(id)).body).toMatchObject({ status: 'Running', customStatus: 'Selection' });
    await office.click(message, { action: 'approve', user: ANNA });
    expect(await ended(id)).toEqual(completed(id, true));
    expect(wordsOf(await messageOf('By people', isClosed))).toContain('Anna Lindqvist');
  });

  it('their no does not', async () => {
    const { id, message } = await asked('Not for us');
    await office.click(message, { action: 'reject', user: ANNA });
    expect(await ended(id)).toEqual(completed(id, false));
  });

  it('nor does their silence', async () => {
    const { id } = await asked('Nobody minds', { ttlSeconds: 2 });
    expect(await ended(id)).toEqual(completed(id, false));
    await messageOf('Nobody minds', isClosed);
  });

  it('nobody is asked about a talk that the rules refuse before', async () => {
    const id = await submitted({ title: 'Too short', description: 'Soon.', approval: {} });
    expect(await ended(id)).toEqual(completed(id, false));
    expect((await office.messages()).map(wordsOf).join()).not.toContain('Too short');
  });

  it('who cancels the submission takes the question back', async () => {
    const { id, message } = await asked('Taken back');
    expect((await new Management(stack).post(id, 'cancel?reason=The+speaker+is+ill')).status).toBe(202);
    expect(await ended(id)).toMatchObject({ status: 'Canceled' });
    await messageOf('Taken back', isClosed);
    const child = message.metadata.event_payload.instance_id;
    expect(await ended(child)).toMatchObject({ customStatus: { stage: 'decided' } });
  });
});
