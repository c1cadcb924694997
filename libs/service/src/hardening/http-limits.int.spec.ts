/** Clients that are slow, silent, endless or no clients at all, over raw sockets. */
import { connect, type Socket } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { readRefusedBody, streamBodies } from '../streamed-body';
import { HTTP_LIMITS, limitedServer } from './http-limits';

/** The limits of production; only the time-outs are short. */
const TIMES = {
  requestTimeout: 250,
  headersTimeout: 250,
  connectionsCheckingInterval: 20,
  keepAliveTimeout: 250,
  connectionTimeout: 800,
};

let server: FastifyInstance;
let port: number;
let handled: string[];
beforeEach(async () => {
  handled = [];
  server = fastify({ ...limitedServer({ ...HTTP_LIMITS, ...TIMES }) });
  server.addHook('onSend', readRefusedBody);
  streamBodies(server, TIMES.requestTimeout);
  server.post('/', async ({ body }) => {
    handled.push(JSON.stringify(body));
    return { done: true };
  });
  server.get('/large', async () => 'x'.repeat(64 * 1024 * 1024));
  await server.listen({ port: 0, host: '127.0.0.1' });
  port = server.addresses()[0]?.port ?? 0;
});
afterEach(() => server.close());

/** Opens a connection, writes, and resolves with all that is answered once the server has closed it. */
async function answerTo(write: (socket: Socket) => void): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => write(socket));
  let answer = '';
  socket.on('data', (data) => (answer += data.toString('latin1')));
  socket.on('error', () => undefined); // it was reset: what came before counts
  await new Promise((resolve) => socket.once('close', resolve));
  return answer;
}

const say =
  (...texts: string[]) =>
  (socket: Socket) =>
    void socket.write(texts.join('\r\n'));

/** Goes on with a piece of something until it is cut off. */
const endlessly = (first: string, piece: string) => (socket: Socket) => {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece), 10);
  socket.once('close', () => clearInterval(timer));
};

const POST = ['POST / HTTP/1.1', 'host: x', 'content-type: application/json'];
const CHUNKED = [...POST, 'transfer-encoding: chunked'];

it.each([
  ['says nothing at all', say('')],
  ['begins and stops', say('POST / HT')],
  ['sends its headers slowly', endlessly('POST / HTTP/1.1\r\nhost: x\r\nx-slow: ', 'a')],
  ['sends headers without end, slowly', endlessly('POST / HTTP/1.1\r\nhost: x\r\n', 'x-a: b\r\n')],
  ['sends no body after its headers', say(...POST, 'content-length: 10', '', '')],
  ['sends its body slowly', endlessly([...POST, 'content-length: 100000', '', '"'].join('\r\n'), 'a')],
  ['sends less than it said', say(...POST, 'content-length: 100', '', '"a"')],
  ['sends chunks without end', endlessly([...CHUNKED, '', ''].join('\r\n'), '1\r\na\r\n')],
  ['leaves the last chunk open', say(...CHUNKED, '', '3', '"a"', '')],
])('who %s is cut off in time, and told', async (_, write) => {
  const answer = await answerTo(write);
  expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  expect(answer).toContain('application/problem+json');
  expect(handled).toEqual([]);
});

it.each([
  ['a header of 1 MiB', 431, say('POST / HTTP/1.1', 'host: x', `x-large: ${'a'.repeat(2 ** 20)}`, '', '')],
  [
    'more headers than fit',
    431,
    say(...POST, ...Array.from({ length: 5000 }, (_v, n) => `x-${n}: a`), '', ''),
  ],
  ['an address of 1 MiB', 431, say(`POST /${'a'.repeat(2 ** 20)} HTTP/1.1`, 'host: x', '', '')],
  ['what is no HTTP', 400, say('\x16\x03\x01\x02\x00\x01 hello\r\n\r\n')],
  ['a length that is no number', 400, say(...POST, 'content-length: ten', '', '"a"')],
  ['a negative length', 400, say(...POST, 'content-length: -1', '', '"a"')],
  ['two lengths', 400, say(...POST, 'content-length: 3', 'content-length: 4', '', '"a"')],
  ['a length and chunks', 400, say(...CHUNKED, 'content-length: 3', '', '3', '"a"', '0', '', '')],
  ['a chunk of no size', 400, say(...CHUNKED, '', 'zz', '"a"', '0', '', '')],
  [
    'extensions of a chunk without end',
    413,
    say(...CHUNKED, '', `3;${'a'.repeat(64 * 1024)}`, '"a"', '0', '', ''),
  ],
  ['a header that is folded over lines', 400, say(...POST, 'x-a: b', '\tc', 'content-length: 3', '', '"a"')],
  ['no host', 400, say('POST / HTTP/1.1', 'content-length: 0', '', '')],
])('%s is refused with %i', async (_, status, write) => {
  const answer = await answerTo(write);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(answer).not.toMatch(/^(server|x-powered-by):/im);
  expect(handled).toEqual([]);
});

it('what follows a request and is none is refused, and the next client is served', async () => {
  const request = [...POST, 'content-length: 3', '', '"a"'].join('\r\n');
  for (const garbage of ['evil', '\x00\x01garbage', `${request}\r\n\r\nGET`])
    expect(await answerTo(say(request + garbage))).toMatch(/HTTP\/1\.1 (400|408) [^]*$/);
  handled.length = 0;
  await answerTo(say(request));
  expect(handled).toEqual(['"a"']);
});

it('a connection that is kept without a request is closed', async () => {
  const answer = await answerTo(say(...POST, 'content-length: 3', '', '"a"'));
  expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200']);
});

it('chunks of more than a body may have are refused before they end', async () => {
  const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
  const answer = await answerTo(say(...CHUNKED, '', chunk.repeat(8)));
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(handled).toEqual([]);
});

it('who does not take its answer is cut off', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /large HTTP/1.1\r\nhost: x\r\n\r\n');
  socket.pause();
  const [connection] = await new Promise<Socket[]>((resolve) =>
    server.server.once('connection', (one: Socket) => resolve([one])),
  );
  await new Promise((resolve) => connection?.once('close', resolve));
  socket.destroy();
});

it('the times of production leave room for what may take long', () => {
  expect(HTTP_LIMITS.connectionTimeout).toBeGreaterThan(60_000 + HTTP_LIMITS.requestTimeout);
  expect(HTTP_LIMITS.keepAliveTimeout).toBeGreaterThan(60_000);
});
