/** status-api as it is deployed, a nats-server, and what polls it. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf, makeKey, writeKeys } from '../../dev/key-file.mjs';
import { originAt } from '../../dev/ports.mjs';
import { Processes } from '../processes.mjs';

const STATUS_API = 'status-api';

export class StatusDeployment {
  #processes;
  /** @type {Awaited<ReturnType<Processes['startGenerator']>> | undefined} */
  #pollers;
  /** @type {import('../src/protocol').StatusApi} */
  api = { url: '', managementUrl: '', systemKey: makeKey() };

  /** @param {string} [profile] the process to profile */
  constructor(profile) {
    this.#processes = new Processes('single', profile);
  }

  async start() {
    const ports = await this.#processes.startNats();
    const [url, managementUrl] = [originAt(ports[STATUS_API]), originAt(ports.management)];
    this.api = { ...this.api, url, managementUrl };
    const keysFile = join(this.#processes.dir, 'api-keys.json');
    writeKeys(keysFile, [entryOf(this.api.systemKey, { name: 'bench', scope: 'system' })]);
    await this.#processes.startService(STATUS_API, ports[STATUS_API], {
      PUBLIC_URL: url,
      MANAGEMENT_PORT: String(ports.management),
      PROJECTION_FILE: this.#projectionFile,
      KEYS_FILE: keysFile,
      // All of them poll from this machine.
      RATE_LIMIT_PER_KEY: '0',
      RATE_LIMIT_PER_ADDRESS: '0',
      MAX_WAITS: '0',
      MAX_WAITS_PER_ADDRESS: '0',
    });
    this.#pollers = await this.#processes.startGenerator('pollers');
  }

  get #projectionFile() {
    return join(this.#processes.dir, 'instances.sqlite');
  }

  /** @param {import('../src/protocol').PollCommand} command */
  async measure(command) {
    if (!this.#pollers) throw new Error('Not started');
    return this.#processes.measure(this.#pollers, command);
  }

  stopStatusApi() {
    return this.#processes.service(STATUS_API).stop();
  }

  /** With nothing that it has built before. */
  async startStatusApiFromNothing() {
    for (const suffix of ['', '-wal', '-shm']) rmSync(this.#projectionFile + suffix, { force: true });
    await this.#processes.service(STATUS_API).start();
  }

  cpuSeconds() {
    return this.#processes.cpuSeconds();
  }

  /** @returns {Record<string, number>} resident memory in megabytes */
  rssMb() {
    return this.#processes.rssMb();
  }

  stop() {
    return this.#processes.stop();
  }
}
