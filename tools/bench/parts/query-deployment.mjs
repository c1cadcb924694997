/** What the query needs, as it is deployed, on a table service that keeps all in memory. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seedAudit } from '../../dev/audit-rows.mjs';
import { freePorts, HOST, originAt } from '../../dev/ports.mjs';
import { azurite } from '../../dev/servers.mjs';
import { storageOf } from '../../dev/settings.mjs';
import { startStack } from '../../dev/stack.mjs';
import { Processes } from '../processes.mjs';
import { rssMbOf } from '../usage.mjs';
import { TableWay } from './table-way.mjs';
import { takeOverAfter } from './take-over.mjs';

const WORKER = 'query-worker';
const BESIDE_THE_WORKER = /** @type {const} */ (['saga-coordinator', 'ingestion', 'status-api']);
/** As in production, but for the way and the checkpoints: those of short runs come more often. */
const WORKER_SETTINGS = { PAGE_ROWS: '1000', CHECKPOINT_SECONDS: '2' };
/** Azurite holds a million rows in some gigabytes. */
const AZURITE_HEAP = '--max-old-space-size=12288';
const SAMPLE_MS = 100;

/** @typedef {import('../../dev/stack.mjs').Stack} Stack */

export class QueryDeployment {
  #processes = new Processes('single');
  #dir = mkdtempSync(join(tmpdir(), 'countersign-bench-query-'));
  /** @type {Record<string, string>} */
  #env = {};
  /** @type {Stack | undefined} */
  #services;
  /** @type {Stack | undefined} */
  #worker;
  #way = new TableWay('');

  async start() {
    const nats = await this.#processes.startNats();
    const ports = await freePorts();
    const { args, ...program } = azurite({ dataDir: this.#dir, ports, inMemory: true });
    await this.#processes.startProgram(
      { ...program, args: [AZURITE_HEAP, ...args] },
      { PATH: process.env.PATH ?? '' },
    );
    this.#way = new TableWay(originAt(ports.table));
    await this.#way.open();
    const storage = storageOf(ports, {});
    this.#env = {
      NATS_URL: `nats://${HOST}:${nats['nats-server']}`,
      TABLES_CONNECTION_STRING: storage.TABLES_CONNECTION_STRING,
      BLOBS_CONNECTION_STRING: storage.BLOBS_CONNECTION_STRING,
      LOG_LEVEL: 'warn',
    };
    this.#services = await this.#startStack('services', BESIDE_THE_WORKER);
  }

  /** Where clients ask. */
  get url() {
    if (!this.#services) throw new Error('Not started');
    return this.#services.url;
  }

  /** The way that a worker goes which was started with `longWay`. */
  get way() {
    return this.#way;
  }

  /** @param {import('../../dev/audit-rows.mjs').AuditSample} sample */
  seed(sample) {
    return seedAudit(this.#env.TABLES_CONNECTION_STRING ?? '', sample);
  }

  /**
   * A new worker, in place of the one that runs.
   * @param {{ parallel?: number, longWay?: boolean }} [how] parallel: parts that it reads at once
   */
  async startWorker({ parallel, longWay = false } = {}) {
    // It does nothing now, and nobody waits for it to go in order.
    await this.killWorker();
    await this.#worker?.stop();
    this.#worker = await this.#startStack('worker', [WORKER], {
      ...WORKER_SETTINGS,
      ...(parallel !== undefined && { PARALLEL_READS: String(parallel) }),
      ...(longWay && { TABLES_CONNECTION_STRING: this.#alongTheWay() }),
    });
  }

  #alongTheWay() {
    const direct = this.#env.TABLES_CONNECTION_STRING ?? '';
    return direct.replace(/TableEndpoint=http:\/\/[^/]+/, `TableEndpoint=${this.#way.url}`);
  }

  async killWorker() {
    await this.#worker?.kill(WORKER);
  }

  /** @param {number} [takeOver] seconds until it gets what it had when it was killed; default: those of the product */
  async restartWorker(takeOver) {
    await this.#worker?.restart(WORKER);
    if (takeOver !== undefined) await takeOverAfter(this.#env.NATS_URL ?? '', takeOver);
  }

  /** Watches the worker's resident memory; gives its peak in megabytes when that is asked for. */
  watchMemory() {
    let peak = 0;
    const look = () => {
      const pid = this.#worker?.pids[WORKER];
      if (pid !== undefined) peak = Math.max(peak, rssMbOf(pid));
    };
    const timer = setInterval(look, SAMPLE_MS);
    return () => {
      clearInterval(timer);
      return peak;
    };
  }

  /** @param {string} name @param {readonly import('../../dev/service-settings.mjs').ServiceName[]} services @param {Record<string, string>} [env] */
  #startStack(name, services, env) {
    return startStack({ dataDir: join(this.#dir, name), services, env: { ...this.#env, ...env } });
  }

  async stop() {
    await Promise.all([this.#worker?.stop(), this.#services?.stop()]);
    await this.#way.stop();
    await this.#processes.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}
