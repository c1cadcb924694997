/** What runs a workflow: one process per service, a load generator, and the other end of the raw round trip. */
import { Processes } from './processes.mjs';

/** The load generator's own memory counts; that of the raw round trip's other end does not. */
const COUNTED = ['nats-server', 'coordinator', 'worker', 'client'];
const NODE_PROCESSES = ['coordinator', 'worker', 'client', 'echo'];

export class Deployment {
  #processes;
  /** @type {Awaited<ReturnType<Processes['startGenerator']>> | undefined} */
  #client;

  /** @param {import('./options.mjs').Durability} durability @param {string} [profile] the process to profile */
  constructor(durability, profile) {
    this.#processes = new Processes(durability, profile);
  }

  async start() {
    const ports = await this.#processes.startNats();
    await this.#processes.startService('coordinator', ports['saga-coordinator']);
    await this.#processes.startService('worker', ports.sandbox);
    this.#client = await this.#processes.startGenerator('client');
    await this.#processes.startGenerator('echo');
  }

  /** @param {import('./processes.mjs').Command} command */
  async measure(command) {
    if (!this.#client) throw new Error('Not started');
    return this.#processes.measure(this.#client, command);
  }

  crashCoordinator() {
    return this.#processes.crash('coordinator');
  }

  collectGarbage() {
    return this.#processes.collectGarbage(NODE_PROCESSES);
  }

  /** @returns {Record<string, number>} resident memory in megabytes */
  rssMb() {
    return this.#processes.rssMb(COUNTED);
  }

  stop() {
    return this.#processes.stop();
  }
}
