import { PassThrough } from 'node:stream';
import { received } from './received';

/** Milliseconds. */
const PATIENCE = { silence: 10_000, total: 60_000, over: new AbortController().signal };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

async function rest(chunks: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk.toString();
  return text;
}

it('gives what comes, as long as something comes', async () => {
  const body = new PassThrough();
  const all = rest(received(body, PATIENCE));
  for (const word of ['one', 'two', 'three']) {
    body.write(word);
    await jest.advanceTimersByTimeAsync(9_000);
  }
  body.end();
  expect(await all).toBe('onetwothree');
});

it('gives up who falls silent', async () => {
  const body = new PassThrough();
  const all = rest(received(body, PATIENCE)).catch((error: unknown) => error);
  body.write('one');
  await jest.advanceTimersByTimeAsync(10_000);
  expect(await all).toMatchObject({ status: 408 });
});

it('gives up who drips', async () => {
  const body = new PassThrough();
  const all = rest(received(body, PATIENCE)).catch((error: unknown) => error);
  for (let second = 0; second < 60; second += 5) {
    body.write('x');
    await jest.advanceTimersByTimeAsync(5_000);
  }
  expect(await all).toMatchObject({ status: 408 });
});

it('refuses who is too slow for a service that goes, and lets who is in time', async () => {
  const [over, bodies] = [new AbortController(), [new PassThrough(), new PassThrough()] as const];
  const [quick, slow] = bodies.map((body) =>
    rest(received(body, { ...PATIENCE, over: over.signal })).catch((error: unknown) => error),
  );
  for (const body of bodies) body.write('one');
  bodies[0].end();
  await jest.advanceTimersByTimeAsync(1);
  over.abort();
  expect(await quick).toBe('one');
  expect(await slow).toMatchObject({ status: 503, message: expect.stringContaining('Send it again') });
});

it('does not blame the client for the time of who reads', async () => {
  const body = new PassThrough();
  body.end('one');
  const chunks = received(body, PATIENCE);
  await chunks.next();
  await jest.advanceTimersByTimeAsync(100_000);
  expect(await chunks.next()).toEqual({ done: true, value: undefined });
});

it('says that the upload broke off, and leaves the connection to who answers', async () => {
  const body = new PassThrough();
  const all = rest(received(body, PATIENCE)).catch((error: unknown) => error);
  body.write('one');
  await jest.advanceTimersByTimeAsync(1);
  body.destroy(new Error('ECONNRESET'));
  expect(await all).toMatchObject({ status: 400, message: expect.stringContaining('broke off') });

  const left = new PassThrough();
  left.write('one');
  const some = received(left, PATIENCE);
  await some.next();
  await some.return();
  expect(left.destroyed).toBe(false);
});
