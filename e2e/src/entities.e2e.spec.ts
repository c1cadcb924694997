/** Entities through the management API of a whole deployment. */
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack();
}, 120_000);
afterAll(() => stack?.dispose(), 60_000);

const ENTITIES = '/runtime/webhooks/durabletask/entities';
const ask = (method: string, path: string, body?: unknown) =>
  fetch(`${stack.url}${ENTITIES}${path}`, {
    method,
    headers: {
      'x-functions-key': stack.keys.systemKey,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const add = (key: string, by: number) => ask('POST', `/Counter/${key}?op=add`, { by });
const stateOf = async (key: string) => (await ask('GET', `/Counter/${key}`)).json();

it('counts what many callers add at once, each of them once', async () => {
  const answers = await Promise.all(Array.from({ length: 250 }, () => add('votes', 2)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  expect(await stateOf('votes')).toBe(500);
}, 60_000);

it('lists the entities of a name with their states, and not among the instances', async () => {
  await add('list-a', 1);
  await add('list-b', 2);
  const listed = await ask('GET', '/Counter?fetchState=true');
  expect(await listed.json()).toEqual(
    expect.arrayContaining([
      { entityId: { name: 'Counter', key: 'list-a' }, lastOperationTime: expect.any(String), state: 1 },
      { entityId: { name: 'Counter', key: 'list-b' }, lastOperationTime: expect.any(String), state: 2 },
    ]),
  );
  const first = await ask('GET', '/Counter?top=1');
  expect(await first.json()).toHaveLength(1);
  expect(first.headers.get('x-ms-continuation-token')).toEqual(expect.any(String));
  const instances = await fetch(`${stack.url}/runtime/webhooks/durabletask/instances`, {
    headers: { 'x-functions-key': stack.keys.systemKey },
  });
  expect(await instances.text()).not.toContain('@Counter');
});

it('deletes an entity, which begins again with the next operation', async () => {
  await add('gone', 7);
  expect((await ask('DELETE', '/Counter/gone')).status).toBe(204);
  expect((await ask('GET', '/Counter/gone')).status).toBe(404);
  expect((await ask('DELETE', '/Counter/gone')).status).toBe(404);
  await add('gone', 1);
  expect(await stateOf('gone')).toBe(1);
});

it.each([
  ['an unknown entity', 'POST', '/Nobody/x?op=add', { by: 1 }, 404],
  ['an entity that nobody has used', 'GET', '/Counter/nobody', undefined, 404],
  ['an operation that is not said', 'POST', '/Counter/x', { by: 1 }, 400],
  ['an unknown operation', 'POST', '/Counter/x?op=toString', { by: 1 }, 400],
  ['an input that does not fit', 'POST', '/Counter/x?op=add', { by: 'one' }, 400],
  ['a key that cannot be', 'POST', '/Counter/a%23b?op=add', { by: 1 }, 400],
] as const)('refuses %s, and makes nothing', async (_, method, path, body, status) => {
  const answer = await ask(method, path, body);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect((await ask('GET', '/Counter/x')).status).toBe(404);
});

it('wants the system key', async () => {
  const answer = await fetch(`${stack.url}${ENTITIES}/Counter/votes`, {
    headers: { 'x-functions-key': stack.keys.hostKey },
  });
  expect(answer.status).toBe(403);
});
