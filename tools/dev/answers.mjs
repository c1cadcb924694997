/** Whether something answers, on loopback. */
import { connect } from 'node:net';
import { HOST } from './ports.mjs';

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
