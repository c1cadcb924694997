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

  /** As a power cut would: the coordinator is killed and starts again. */
  async crashCoordinator() {
    const coordinator = this.#processes.service('coordinator');
    await coordinator.kill('SIGKILL');
    await coordinator.start();
  }

  collectGarbage() {
    this.#processes.collectGarbage(NODE_PROCESSES);
  }

  /** @returns {Record<string, number>} resident memory in megabytes */
  rssMb() {
    const rss = this.#processes.rssMb();
    return Object.fromEntries(COUNTED.map((name) => [name, rss[name] ?? NaN]));
  }

  stop() {
    return this.#processes.stop();
  }
}
