import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
});
afterAll(() => stack?.dispose());

it('starts every service, and all of them are ready', async () => {
  const services = Object.keys(stack.pids).filter((name) => name !== 'nats-server' && name !== 'azurite');
  expect(services.sort()).toEqual([
    'file-store',
    'flexdeploy-adapter',
    'ingestion',
    'mail-notifier',
    'push-notifier',
    'query-worker',
    'saga-coordinator',
    'sandbox',
    'slack-notifier',
    'status-api',
    'talk-reviewer',
    'token-store',
  ]);
  for (const name of services as (keyof typeof stack.urls)[]) {
    const answer = await fetch(`${stack.urls[name]}/health/ready`);
    expect([name, answer.status]).toEqual([name, 200]);
  }
});

it('accepts a start at the one public address, and knows its status at once', async () => {
  const started = await fetch(`${stack.url}/api/orchestrators/NotifyOnTask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ taskid: '8900', description: 'A release is about to be deployed to PROD' }),
  });
  expect(started.status).toBe(202);
  const status = await fetch(started.headers.get('location') ?? '');
  expect(status.status).toBe(202);
});

it('refuses a body of 1 MB and says why', async () => {
  const refused = await fetch(`${stack.url}/api/orchestrators/NotifyOnTask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ taskid: '8900', description: 'x'.repeat(1024 * 1024) }),
  });
  expect(refused.status).toBe(413);
});

it('answers 503 while a service is down, and as before when it is back', async () => {
  await stack.kill('ingestion');
  expect((await fetch(stack.url)).status).toBe(503);
  await stack.restart('ingestion');
  expect((await fetch(stack.url)).status).not.toBe(503);
});
