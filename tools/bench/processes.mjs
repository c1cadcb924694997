/** The processes of a measurement: started, counted, stopped. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { answersHttp } from '../dev/answers.mjs';
import { Guard } from '../dev/guard.mjs';
import { ManagedProcess } from '../dev/managed-process.mjs';
import { ROOT, servicesNode } from '../dev/node.mjs';
import { freePorts, HOST } from '../dev/ports.mjs';
import { natsServer } from '../dev/servers.mjs';
import { bundleOf } from './build.mjs';
import { LoadGenerator, STOP_MS } from './load-generator.mjs';
import { cpuSecondsOf, rssMbOf } from './usage.mjs';

/** See src/collect.ts. */
const COLLECT = 'SIGUSR2';
/** How long Node may take for that, in milliseconds. */
const COLLECTION_MS = 3_000;
/** Where profiles are left. */
const PROFILES = join(ROOT, '.cache/bench');
const CPU_PROFILE = ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`];

/** @typedef {import('./src/protocol').Command} Command */
/** @typedef {import('./src/protocol').Load} Load */
/** @typedef {Record<string, number>} CpuSeconds by process */
/** @typedef {{ load: Load, cpu: CpuSeconds }} Measured */

/** One nats-server on loopback, with its data in a temporary folder, and what works with it. */
export class Processes {
  /** @type {ManagedProcess[]} in the order of their start */
  #services = [];
  /** @type {LoadGenerator[]} */
  #generators = [];
  #dir = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  #guard = new Guard(this.#dir);
  #durability;
  #profile;
  #stopped = false;
  /** @type {Record<string, string>} what every process is told */
  #common = {};

  /** @param {import('./options.mjs').Durability} durability @param {string} [profile] the process to profile */
  constructor(durability, profile) {
    this.#durability = durability;
    this.#profile = profile;
  }

  /** The temporary folder. */
  get dir() {
    return this.#dir;
  }

  /** @returns {Promise<import('../dev/ports.mjs').Ports>} free ones; the server's is in use now */
  async startNats() {
    mkdirSync(PROFILES, { recursive: true });
    await this.#guard.start();
    const ports = await freePorts();
    const durability = this.#durability;
    const settings = { dataDir: this.#dir, ports, durability };
    const url = `nats://${HOST}:${ports['nats-server']}`;
    this.#common = {
      PATH: process.env.PATH ?? '',
      NATS_URL: url,
      DURABILITY: durability,
      LOG_LEVEL: 'warn',
    };
    await this.startProgram(
      await natsServer(settings, { say: () => undefined, step: (_, work) => work() }),
      {},
    );
    return ports;
  }

  /**
   * @param {string} name of the bundle, and of the process
   * @param {number} port
   * @param {Record<string, string>} [env] beside what every process is told
   */
  async startService(name, port, env = {}) {
    const program = {
      name,
      file: servicesNode(),
      args: [...this.#profiling(name), '--expose-gc', bundleOf(name)],
      isReady: () => answersHttp(`http://${HOST}:${port}/health/ready`),
    };
    await this.startProgram(program, { ...this.#common, PORT: String(port), ...env });
  }

  /** @param {string} name */
  #profiling(name) {
    return name === this.#profile ? CPU_PROFILE : [];
  }

  /** @param {import('../dev/servers.mjs').Program} program @param {Record<string, string>} env its whole environment */
  async startProgram(program, env) {
    this.#refuseWhenStopped();
    const service = new ManagedProcess({
      ...program,
      env,
      log: join(this.#dir, `${program.name}.log`),
      keepAlive: false,
      stopMs: STOP_MS,
      onChange: () => this.#watch(),
      say: () => undefined,
    });
    this.#services.push(service);
    await service.start();
  }

  /** @param {string} name @param {Record<string, string>} [env] beside what every process is told */
  async startGenerator(name, env = {}) {
    this.#refuseWhenStopped();
    const generator = new LoadGenerator(name, { ...this.#common, ...env }, [
      ...this.#profiling(name),
      '--expose-gc',
    ]);
    this.#generators.push(generator);
    this.#watch();
    await generator.ready();
    return generator;
  }

  #refuseWhenStopped() {
    if (this.#stopped) throw new Error('The benchmark was stopped.');
  }

  #watch() {
    this.#guard.watch([...this.#generators, ...this.#services.toReversed()].map(({ pid }) => pid));
  }

  /** @param {LoadGenerator} generator @param {Command} command @returns {Promise<Measured>} CPU seconds are those of the measured time */
  async measure(generator, command) {
    /** @type {CpuSeconds[]} */
    const cpu = [];
    const load = await generator.run(command, () => cpu.push(this.cpuSeconds()));
    const [before = {}, after = {}] = cpu;
    return { load, cpu: difference(before, after) };
  }

  /** @param {string} name of a service @returns {ManagedProcess} */
  service(name) {
    const found = this.#services.find((service) => service.name === name);
    if (!found) throw new Error(`There is no ${name}`);
    return found;
  }

  /** @returns {Record<string, number>} by name, of those that run */
  #pids() {
    const running = [...this.#services, ...this.#generators].filter(({ pid }) => pid !== undefined);
    return Object.fromEntries(running.map(({ name, pid }) => [name, pid ?? 0]));
  }

  /** @returns {CpuSeconds} since each was started */
  cpuSeconds() {
    return mapValues(this.#pids(), cpuSecondsOf);
  }

  /**
   * Asks Node for what is not in use any more, so that what remains is what is kept.
   * @param {readonly string[]} names see src/collect.ts
   */
  async collectGarbage(names) {
    const pids = this.#pids();
    for (const name of names) process.kill(pids[name] ?? 0, COLLECT);
    await pause(COLLECTION_MS);
  }

  /**
   * @param {readonly string[]} [names] default: of all that run
   * @returns {Record<string, number>} resident memory in megabytes
   */
  rssMb(names) {
    const rss = mapValues(this.#pids(), rssMbOf);
    return names ? Object.fromEntries(names.map((name) => [name, rss[name] ?? NaN])) : rss;
  }

  /** As a power cut would: it is killed and starts again. @param {string} name of a service */
  async crash(name) {
    const service = this.service(name);
    await service.kill('SIGKILL');
    await service.start();
  }

  /** The server last: it was started first. */
  async stop() {
    this.#stopped = true;
    const [server, ...services] = this.#services;
    await Promise.all([...this.#generators, ...services].map((part) => part.stop()));
    await server?.stop();
    await this.#guard.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** @param {Record<string, number>} record @param {(value: number, key: string) => number} change */
const mapValues = (record, change) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** @param {CpuSeconds} before @param {CpuSeconds} after @returns {CpuSeconds} */
export const difference = (before, after) =>
  mapValues(after, (seconds, name) => seconds - (before[name] ?? 0));
