/** A way to the table service that may be long, and counts the rows that arrive. */
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { HOST } from '../../dev/ports.mjs';

/** In an answer, once for each row. */
const ROW = /"identificationNumber":/g;

export class TableWay {
  /** How much longer each answer takes, in milliseconds. */
  delay = 0;
  rows = 0;
  #agent = new Agent({ keepAlive: true });
  #target;
  #server;

  /** @param {string} target address of the table service */
  constructor(target) {
    this.#target = target;
    this.#server = createServer((question, answer) => this.#carry(question, answer));
  }

  async open() {
    this.#server.listen(0, HOST);
    await once(this.#server, 'listening');
  }

  get url() {
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    return `http://${HOST}:${port}`;
  }

  async stop() {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @param {import('node:http').IncomingMessage} question @param {import('node:http').ServerResponse} answer */
  #carry(question, answer) {
    const { method, url = '/', headers } = question;
    const options = { method, headers, agent: this.#agent };
    const carried = request(new URL(url, this.#target), options, (reply) => void this.#bring(reply, answer));
    carried.on('error', () => answer.destroy());
    question.pipe(carried);
  }

  /** @param {import('node:http').IncomingMessage} reply @param {import('node:http').ServerResponse} answer */
  async #bring(reply, answer) {
    const body = Buffer.concat(await reply.toArray());
    if (this.delay > 0) await pause(this.delay);
    // Who asked is dead.
    if (answer.destroyed) return;
    this.rows += body.toString('latin1').match(ROW)?.length ?? 0;
    answer.writeHead(reply.statusCode ?? 502, reply.headers).end(body);
  }
}
