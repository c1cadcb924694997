/** A worker that does not understand what a coordinator of another release wrote, until one comes that does. */
import { eventually, type NatsServer, startNatsServer, TALK } from '@countersign/testing';
import { Management } from './support/management';
import { type MisreadNats, startMisreadNats } from './support/misread';
import { operatorOf } from './support/operator';
import { requester } from './support/request';
import { startTestStack, type TestStack } from './support/test-stack';

interface Letter {
  readonly id: number;
  readonly queue: string;
  readonly reason: string;
  readonly task: { readonly instanceId: string; readonly activity: string };
}

let nats: NatsServer;
let seen: MisreadNats;
let stack: TestStack;
let operator: ReturnType<typeof operatorOf>;
beforeAll(async () => {
  nats = await startNatsServer();
  seen = await startMisreadNats(nats.url, ['startToClose', 'maxTimeOfTry']);
  stack = await startTestStack({
    services: ['ingestion', 'saga-coordinator', 'status-api', 'talk-reviewer'],
    env: { NATS_URL: seen.url },
  });
  operator = operatorOf({ NATS_URL: nats.url });
});
afterAll(async () => {
  await stack?.dispose();
  await seen?.stop();
  await nats?.stop();
});

const submitted = async (): Promise<string> => {
  const { status, body } = await requester(stack.url)('POST', '/api/submit', TALK);
  expect(status).toBe(202);
  return (body as { id: string }).id;
};

const letters = async (): Promise<Letter[]> => {
  const { out } = await operator('dead-letters', 'list', '--json');
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Letter);
};

const letterOf = async (id: string): Promise<Letter> => {
  const [letter] = await eventually(
    async () => (await letters()).filter(({ task }) => task.instanceId === id),
    (found) => found.length > 0,
  );
  return letter as Letter;
};

it('becomes a dead letter; put back, the workflow completes; put back again, nothing happens', async () => {
  seen.misread = true;
  const id = await submitted();
  const letter = await letterOf(id);
  expect(letter).toMatchObject({
    queue: 'reviews',
    reason: 'The body is not a task',
    task: { activity: 'reviews.moderate' },
  });
  const management = new Management(stack);
  expect(await management.status(id)).toMatchObject({ runtimeStatus: 'Running' });

  seen.misread = false;
  await stack.restart('talk-reviewer');
  expect((await operator('dead-letters', 'put-back', '--all', '--dry-run')).out).toBe(
    `${letter.id}  would be put back\n`,
  );
  const { code, out } = await operator('dead-letters', 'put-back', String(letter.id));
  expect([code, out]).toEqual([0, expect.stringMatching(`^${letter.id}  put back, as message \\d+\n$`)]);
  expect(await management.ended(id)).toMatchObject({ runtimeStatus: 'Completed', output: true });
  expect(await letters()).toEqual([]);
  expect(await operator('dead-letters', 'put-back', '--all')).toMatchObject({ code: 0, out: '' });
});

it('is not put back once its instance was terminated: nobody waits for it', async () => {
  seen.misread = true;
  const id = await submitted();
  const letter = await letterOf(id);
  const management = new Management(stack);
  await management.post(id, 'terminate');
  await management.reached(id, 'Terminated');
  seen.misread = false;
  const { code, out } = await operator('dead-letters', 'put-back', '--queue', 'reviews');
  expect([code, out]).toEqual([
    1,
    `${letter.id}  NOT put back: the instance ${id} is over (Terminated). Discard the letter.\n`,
  ]);
  expect(await operator('dead-letters', 'discard', String(letter.id))).toMatchObject({ code: 0 });
  expect(await letters()).toEqual([]);
});
