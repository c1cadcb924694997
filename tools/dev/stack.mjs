/**
 * A whole Countersign on this machine: nats-server, Azurite, every service, the sandbox and a
 * gateway in front, as real processes. `npm start` and the end-to-end tests run the same one.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { obtainNatsServer } from '../nats-server.mjs';
import { buildServices } from './build.mjs';
import { silent } from './console.mjs';
import { startGateway } from './gateway.mjs';
import { Guard } from './guard.mjs';
import { ManagedProcess } from './managed-process.mjs';
import { freePorts, HOST, isFree, originAt, PORT_NAMES, portsFrom } from './ports.mjs';
import { keysOf, writeServiceAccount } from './secrets.mjs';
import { azurite, natsServer } from './servers.mjs';
import { ServiceProcesses } from './service-processes.mjs';
import { SERVICES } from './service-settings.mjs';
import { environmentOf, storageOf } from './settings.mjs';

/** They only flush. */
const SERVER_STOP_MS = 10_000;

/** @typedef {import('./service-settings.mjs').ServiceName} ServiceName */
/** @typedef {import('./gateway.mjs').Upstream} Upstream */
/** @typedef {ServiceName | 'nats-server' | 'azurite'} ProcessName */

/**
 * @typedef {object} StackOptions
 * @property {string} dataDir keeps everything: data, keys, logs
 * @property {number} [basePort] port of the gateway, the others follow it; without it all are free ones
 * @property {readonly ServiceName[]} [services] without it: all of them
 * @property {number} [replicas] processes of each service but the sandbox, behind the gateway, which clicks of the
 *   sandbox then go through, too; default: one
 * @property {Readonly<Record<string, string | undefined>>} [env] settings by their names in production;
 *   NATS_URL and TABLES_CONNECTION_STRING take the place of the stack's own servers
 * @property {number} [shards] default: those that the data was created with, else one
 * @property {'single' | 'synced'} [durability] default: single
 * @property {(answer: import('./gateway.mjs').Answered) => void} [onAnswer] of the gateway
 * @property {boolean} [sampleRows] fills the audit table of the stack's own Azurite, once; default: no
 * @property {boolean} [keepAlive] a process that ends by itself is started again; default: no
 * @property {import('./console.mjs').Reporter} [reporter] default: silent
 * @property {AbortSignal} [signal] stops the stack, even while it starts
 */

/**
 * @typedef {object} Stack
 * @property {string} url of the gateway
 * @property {Readonly<Record<import('./ports.mjs').PortName, string>>} urls of each part
 * @property {string} natsUrl
 * @property {import('./secrets.mjs').Keys} keys the secrets that the services were told
 * @property {Readonly<Partial<Record<ServiceName, Readonly<Record<string, string>>>>>} environments of the services
 * @property {string} logs folder with a log per process
 * @property {Readonly<Partial<Record<ProcessName, number>>>} pids of the processes that run now
 * @property {(name: ProcessName, signal?: NodeJS.Signals) => Promise<void>} kill
 *   sends the signal (default SIGKILL) and waits for the end of the process (not for SIGSTOP and SIGCONT)
 * @property {(name: ProcessName) => Promise<void>} restart
 *   resolves when it is ready; a process that still runs is stopped in order first
 * @property {(name: ServiceName) => Promise<import('./managed-process.mjs').Ending[]>} roll replaces each process of the
 *   service as a Deployment of Kubernetes does: a new one is ready, then the old one gets no more requests, and SIGTERM
 * @property {() => Promise<void>} stop ends everything, in order; may be called again
 */

/**
 * Starts a stack from the bundles in dist/ (see buildServices) and resolves when all of it is ready.
 * @param {StackOptions} options
 * @returns {Promise<Stack>}
 * @throws {Error} that says what to do; nothing is left running then
 */
export async function startStack(options) {
  const stack = new LocalStack(options, await settingsOf(options));
  options.signal?.addEventListener('abort', () => void stack.stop());
  try {
    await stack.start();
    return stack;
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

/**
 * What a stack needs on the disk: bundles of the present sources, and a nats-server.
 * @param {import('./console.mjs').Reporter} [reporter]
 */
export async function prepare(reporter = silent) {
  await buildServices(reporter);
  await obtainNatsServer(reporter);
}

/** @param {StackOptions} options @returns {Promise<import('./settings.mjs').StackSettings>} */
async function settingsOf({ dataDir, basePort, env = {}, shards, durability = 'single', replicas = 1 }) {
  const dir = resolve(dataDir);
  mkdirSync(dir, { recursive: true });
  const ports = basePort === undefined ? await freePorts() : portsFrom(basePort);
  const keys = keysOf(dir);
  writeServiceAccount(dir, ports, keys);
  const front = replicas > 1 ? { INGESTION_URL: originAt(ports.gateway) } : {};
  return { dataDir: dir, ports, keys, shards: shardsOf(dir, shards), durability, env: { ...front, ...env } };
}

/** @param {string} dataDir @param {number} [wanted] @returns {number} fixed when the data is created */
function shardsOf(dataDir, wanted) {
  const file = join(dataDir, 'shards');
  if (!existsSync(file)) writeFileSync(file, String(wanted ?? 1));
  const shards = Number(readFileSync(file, 'utf8'));
  if (wanted === undefined || wanted === shards) return shards;
  throw new Error(
    `The data in ${dataDir} was created with --shards ${shards}, which is fixed. ` +
      'Start with that, start over with --reset, or take another folder with --data.',
  );
}

/** @implements {Stack} */
class LocalStack {
  /** @type {ManagedProcess[]} */
  #servers = [];
  #services;
  /** @type {{ close(): Promise<void> } | undefined} */
  #gateway;
  /** @type {Promise<void> | undefined} */
  #stopped;
  #options;
  #settings;
  #guard;
  #reporter;

  /** @param {StackOptions} options @param {import('./settings.mjs').StackSettings} settings */
  constructor(options, settings) {
    this.#options = options;
    this.#settings = settings;
    this.#reporter = options.reporter ?? silent;
    this.#services = new ServiceProcesses(settings, (...what) => this.#process(...what));
    this.#guard = new Guard(settings.dataDir);
    this.keys = settings.keys;
    this.logs = join(settings.dataDir, 'logs');
    this.url = `http://localhost:${settings.ports.gateway}`;
    this.natsUrl = settings.env.NATS_URL || `nats://${HOST}:${settings.ports['nats-server']}`;
    this.urls = /** @type {Stack['urls']} */ (
      Object.fromEntries(PORT_NAMES.map((name) => [name, originAt(settings.ports[name])]))
    );
  }

  get environments() {
    const wanted = this.#options.services ?? SERVICES;
    return Object.fromEntries(wanted.map((name) => [name, environmentOf(name, this.#settings)]));
  }

  get pids() {
    const running = this.#processes().filter(({ pid }) => pid !== undefined);
    return Object.fromEntries(running.map(({ name, pid }) => [name, pid]));
  }

  async start() {
    const { env, ports } = this.#settings;
    const wanted = this.#options.services ?? SERVICES;
    await this.#guard.start();
    await this.#refuseTakenPorts();
    if (!env.NATS_URL) this.#servers.push(this.#process(await natsServer(this.#settings, this.#reporter)));
    if (!env.TABLES_CONNECTION_STRING) this.#servers.push(this.#process(azurite(this.#settings)));
    for (const name of wanted) await this.#services.add(name, this.#replicasOf(name));
    await this.#startAll(this.#servers);
    await this.#seed();
    await this.#startAll(this.#services.all);
    if (this.#stopped) throw new Error('The stack was stopped before it was ready.');
    const { onAnswer } = this.#options;
    const originOf = (/** @type {Upstream} */ upstream) => this.#services.originOf(upstream);
    this.#gateway = await startGateway(ports, { originOf, ...(onAnswer && { onAnswer }) });
  }

  /** @param {ServiceName} name */
  #replicasOf(name) {
    return name === 'sandbox' ? 1 : (this.#options.replicas ?? 1);
  }

  /** @param {ServiceName} name */
  roll(name) {
    return this.#services.roll(name);
  }

  /** @param {ProcessName} name @param {NodeJS.Signals} [signal] */
  async kill(name, signal = 'SIGKILL') {
    await this.#find(name).kill(signal);
  }

  /** @param {ProcessName} name */
  async restart(name) {
    const part = this.#find(name);
    await part.stop();
    await part.start();
  }

  stop() {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  async #stopInOrder() {
    await this.#gateway?.close();
    await Promise.all(this.#services.all.map((service) => service.stop()));
    await Promise.all(this.#servers.map((server) => server.stop()));
    await this.#guard.stop();
  }

  /** @param {readonly ManagedProcess[]} parts */
  async #startAll(parts) {
    if (this.#stopped || parts.length === 0) return;
    const names = parts.map(({ name }) => name).join(', ');
    await this.#reporter.step(`starting ${names}`, () => Promise.all(parts.map((part) => part.start())));
  }

  /** Never a real account. */
  async #seed() {
    const { env, ports } = this.#settings;
    if (!this.#options.sampleRows || env.TABLES_CONNECTION_STRING || this.#stopped) return;
    const { TABLES_CONNECTION_STRING: own } = storageOf(ports, env);
    // The client of tables takes a moment to load.
    const { seedAudit } = await import('./audit-rows.mjs');
    await this.#reporter.step('sample rows of the audit table', () => seedAudit(own));
  }

  async #refuseTakenPorts() {
    const { ports } = this.#settings;
    for (const name of PORT_NAMES) {
      if (await isFree(ports[name])) continue;
      throw new Error(
        `Port ${ports[name]} (${name}) is taken. Stop what uses it (perhaps another npm start), ` +
          'or take other ports with --port.',
      );
    }
  }

  /**
   * @param {import('./servers.mjs').Program} program
   * @param {Record<string, string>} [env]
   */
  #process(program, env = { PATH: process.env.PATH ?? '' }, stopMs = SERVER_STOP_MS) {
    return new ManagedProcess({
      ...program,
      env,
      stopMs,
      log: join(this.logs, `${program.name}.log`),
      keepAlive: this.#options.keepAlive ?? false,
      onChange: () => this.#guard.watch(this.#processes().map(({ pid }) => pid)),
      say: this.#reporter.say,
    });
  }

  /** Services first: the order in which they are stopped. */
  #processes() {
    return [...this.#services.all, ...this.#servers];
  }

  /** @param {ProcessName} name */
  #find(name) {
    const found = this.#processes().find((part) => part.name === name);
    if (!found) throw new Error(`This stack has no ${name}`);
    return found;
  }
}
