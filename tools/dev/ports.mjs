/** TCP ports on loopback. */
import { connect, createServer } from 'node:net';
import { HOST, PORT_NAMES } from './settings.mjs';

/** Below the range that systems give to outgoing connections, so that nobody takes one by chance. */
const LOWEST = 20_000;
const COUNT = 12_000;
/** Processes that are started one after the other choose from different parts of the range. */
const PARTS = 12;
const EACH = COUNT / PARTS;

/** @param {number} port @returns {Promise<boolean>} */
export const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });

/**
 * @param {ReadonlySet<number>} [reserved] for somebody who does not listen yet
 * @returns {Promise<import('./settings.mjs').Ports>} a free port for each part
 */
export async function freePorts(reserved = new Set()) {
  /** @type {Set<number>} */
  const taken = new Set();
  while (taken.size < PORT_NAMES.length) {
    const port = LOWEST + (process.pid % PARTS) * EACH + Math.floor(Math.random() * EACH);
    if (!taken.has(port) && !reserved.has(port) && (await isFree(port))) taken.add(port);
  }
  const ports = [...taken];
  return /** @type {import('./settings.mjs').Ports} */ (
    Object.fromEntries(PORT_NAMES.map((name, index) => [name, ports[index]]))
  );
}

/**
 * @param {number} port
 * @param {string} [greeting] what the first bytes from the server must contain
 * @returns {Promise<boolean>} whether something there accepts a connection (and greets)
 */
export const answersTcp = (port, greeting) =>
  new Promise((resolve) => {
    const socket = connect(port, HOST);
    const answer = (/** @type {boolean} */ answers) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once('error', () => answer(false));
    if (greeting) socket.once('data', (data) => answer(data.toString().includes(greeting)));
    else socket.once('connect', () => answer(true));
  });

/** @param {string} url @returns {Promise<boolean>} whether a GET is answered with 2xx */
export const answersHttp = (url) =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );
