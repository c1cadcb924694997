import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import fastify, { type FastifyInstance } from 'fastify';
import { readRefusedBody, streamBodies } from './streamed-body';

/** Milliseconds; a slow client sends a byte, waits for longer than that, and sends the rest. */
const REQUEST_TIMEOUT = 200;
const BODY_LIMIT = 1024;
const REFUSED_AFTER = 10;

let server: FastifyInstance;
let url: string;
beforeEach(async () => {
  server = fastify({
    requestTimeout: REQUEST_TIMEOUT,
    bodyLimit: BODY_LIMIT,
    http: { headersTimeout: REQUEST_TIMEOUT, connectionsCheckingInterval: 20 },
  });
  server.addHook('onSend', readRefusedBody);
  streamBodies(server, REQUEST_TIMEOUT);
  server.post('/streamed', { config: { streamedBody: true } }, async (request) => {
    let bytes = 0;
    for await (const chunk of request.raw) bytes += (chunk as Buffer).length;
    return { bytes, type: request.raw.headers['content-type'] };
  });
  server.post('/refused', { config: { streamedBody: true } }, async (_request, reply) => {
    await pause(REFUSED_AFTER);
    return reply.code(400).send({ refused: true });
  });
  server.post('/parsed', async ({ body }) => body);
  url = await server.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => server.close());

const post = (path: string, body: string | Uint8Array<ArrayBuffer> | null, type?: string) =>
  fetch(url + path, { method: 'POST', body, ...(type && { headers: { 'content-type': type } }) });

it.each([
  ['JSON that is none', '{"text":', 'application/json'],
  ['a text', 'hi', 'text/plain'],
  ['a type that nobody knows', 'hi', 'application/x-unheard-of'],
  ['what is no type', 'hi', 'rubbish'],
  ['more than others may send', 'x'.repeat(1_000_000), 'application/octet-stream'],
])('a handler that streams gets %s as it is', async (_, body, type) => {
  expect(await (await post('/streamed', body, type)).json()).toEqual({ bytes: body.length, type });
});

it('a handler that streams gets no type, and no byte, where there is none', async () => {
  expect(await (await post('/streamed', new Uint8Array(3))).json()).toEqual({ bytes: 3 });
  expect(await (await post('/streamed', null)).json()).toEqual({ bytes: 0 });
});

it('the other handlers are as strict as before', async () => {
  expect((await post('/parsed', '{"text":', 'application/json')).status).toBe(400);
  expect((await post('/parsed', 'hi', 'application/x-unparsed-by-others')).status).toBe(415);
  expect((await post('/parsed', `"${'x'.repeat(BODY_LIMIT)}"`, 'application/json')).status).toBe(413);
});

/** A client that stops in the middle of its body. */
function stopping(path: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const seen = { answer: '' };
  socket.on('data', (data) => (seen.answer += data.toString()));
  socket.write(
    `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 4\r\n\r\n"`,
  );
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(seen.answer)));
  return { socket, closed };
}

it('a handler that streams may take its time, the others may not', async () => {
  const streamed = stopping('/streamed');
  const parsed = stopping('/parsed');
  expect(await parsed.closed).toContain('HTTP/1.1 408');
  const answered = once(streamed.socket, 'data');
  streamed.socket.write('ab"');
  await answered;
  streamed.socket.destroy();
  expect(await streamed.closed).toContain('{"bytes":4');
});

it('what is left of a refused body is read off, though not for ever', async () => {
  expect((await post('/refused', 'x'.repeat(1_000_000))).status).toBe(400);
  expect(await stopping('/refused').closed).toContain('HTTP/1.1 400');
});
