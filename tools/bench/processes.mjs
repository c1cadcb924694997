/** The processes of one measurement: started, counted, stopped. */
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Guard } from '../dev/guard.mjs';
import { ManagedProcess } from '../dev/managed-process.mjs';
import { ROOT, servicesNode } from '../dev/node.mjs';
import { answersHttp, freePorts } from '../dev/ports.mjs';
import { natsServer } from '../dev/servers.mjs';
import { HOST } from '../dev/settings.mjs';

const STOP_MS = 15_000;
/** See src/collect.ts. */
const COLLECT = 'SIGUSR2';
/** Ticks of the CPU clock that Linux shows in /proc. */
const TICKS_PER_SECOND = 100;

/** Where profiles are left. */
const PROFILES = join(ROOT, '.cache/bench');
const CPU_PROFILE = ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`];

/** @param {string} name */
const bundleOf = (name) => join(ROOT, 'dist/bench', `${name}.mjs`);

/** @typedef {import('./src/protocol').Command} Command */
/** @typedef {import('./src/protocol').Load} Load */
/** @typedef {Record<string, number>} CpuSeconds by process */
/** @typedef {{ load: Load, cpu: CpuSeconds }} Measured */

/** A process that measures: takes one command at a time. */
class Generator {
  /** @type {import('node:child_process').ChildProcess} */
  #child;
  /** @type {(message: import('./src/protocol').Message) => void} */
  #onMessage = () => undefined;
  /** @type {(reason: string) => void} */
  #onEnd = () => undefined;

  /** @param {string} name @param {Record<string, string>} env @param {readonly string[]} execArgv */
  constructor(name, env, execArgv) {
    this.name = name;
    this.#child = fork(bundleOf(name), { env, execArgv: [...execArgv], execPath: servicesNode() });
    this.#child.on('message', (/** @type {import('./src/protocol').Message} */ message) =>
      this.#onMessage(message),
    );
    this.#child.once('exit', (code) => this.#onEnd(`the ${name} ended with exit code ${code}`));
  }

  get pid() {
    return this.#child.pid ?? 0;
  }

  /** @returns {Promise<void>} */
  ready() {
    return new Promise((resolve, reject) => {
      this.#onMessage = () => resolve();
      this.#onEnd = (reason) => reject(new Error(reason));
    });
  }

  /** @param {Command} command @param {() => void} onWindow @returns {Promise<Load>} */
  run(command, onWindow) {
    return new Promise((resolve, reject) => {
      this.#onEnd = (reason) => reject(new Error(reason));
      this.#onMessage = (message) => {
        if (message.kind === 'window') onWindow();
        else if (message.kind === 'done') resolve(message.load);
        else if (message.kind === 'failed') reject(new Error(message.reason));
      };
      this.#child.send(command);
    });
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(force);
  }
}

export class Deployment {
  /** @type {ManagedProcess[]} in the order of their start */
  #services = [];
  /** @type {Generator[]} */
  #generators = [];
  #dir = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  #guard = new Guard(this.#dir);
  #durability;
  #profile;

  /** @param {import('./options.mjs').Durability} durability @param {string} [profile] the process to profile */
  constructor(durability, profile) {
    this.#durability = durability;
    this.#profile = profile;
  }

  async start() {
    mkdirSync(PROFILES, { recursive: true });
    await this.#guard.start();
    const ports = await freePorts();
    const durability = this.#durability;
    const settings = { dataDir: this.#dir, ports, durability, shards: 1, env: {}, keys: NO_KEYS };
    const url = `nats://${HOST}:${ports['nats-server']}`;
    const common = { PATH: process.env.PATH ?? '', NATS_URL: url, DURABILITY: durability, LOG_LEVEL: 'warn' };
    const nats = await natsServer(settings, { say: () => undefined, step: (_, work) => work() });
    await this.#startService(nats, {});
    await this.#startService(this.#program('coordinator', ports['saga-coordinator']), {
      ...common,
      PORT: String(ports['saga-coordinator']),
    });
    await this.#startService(this.#program('worker', ports.sandbox), {
      ...common,
      PORT: String(ports.sandbox),
    });
    this.client = await this.#startGenerator('client', common);
    await this.#startGenerator('echo', common);
  }

  /** @param {string} name @param {number} port */
  #program(name, port) {
    return {
      name,
      file: servicesNode(),
      args: [...this.#profiling(name), '--expose-gc', bundleOf(name)],
      isReady: () => answersHttp(`http://${HOST}:${port}/health/ready`),
    };
  }

  /** @param {string} name */
  #profiling(name) {
    return name === this.#profile ? CPU_PROFILE : [];
  }

  /** @param {import('../dev/servers.mjs').Program} program @param {Record<string, string>} env */
  async #startService(program, env) {
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

  /** @param {string} name @param {Record<string, string>} env */
  async #startGenerator(name, env) {
    const generator = new Generator(name, env, [...this.#profiling(name), '--expose-gc']);
    this.#generators.push(generator);
    this.#watch();
    await generator.ready();
    return generator;
  }

  #watch() {
    this.#guard.watch([...this.#generators, ...this.#services.toReversed()].map(({ pid }) => pid));
  }

  /** @param {Command} command @returns {Promise<Measured>} CPU seconds are those of the measured time */
  async measure(command) {
    /** @type {CpuSeconds[]} */
    const cpu = [];
    if (!this.client) throw new Error('Not started');
    const load = await this.client.run(command, () => cpu.push(this.#cpuSeconds()));
    const [before = {}, after = {}] = cpu;
    return { load, cpu: mapValues(after, (seconds, name) => seconds - (before[name] ?? NaN)) };
  }

  /** As a power cut would: the coordinator is killed and starts again. */
  async crashCoordinator() {
    const coordinator = this.#services.find(({ name }) => name === 'coordinator');
    await coordinator?.kill('SIGKILL');
    await coordinator?.start();
  }

  /** @returns {Record<string, number>} by name, of those that run */
  #pids() {
    const running = [...this.#services, ...this.#generators].filter(({ pid }) => pid !== undefined);
    return Object.fromEntries(running.map(({ name, pid }) => [name, pid ?? 0]));
  }

  #cpuSeconds() {
    return mapValues(this.#pids(), cpuSecondsOf);
  }

  /** Asks Node for what is not in use any more, so that what remains is what instances cost. */
  collectGarbage() {
    for (const [name, pid] of Object.entries(this.#pids()))
      if (name !== 'nats-server') process.kill(pid, COLLECT);
  }

  /** Resident memory of the server, the coordinator, the worker and the client, in megabytes by process. */
  rssMb() {
    const { echo: _, ...pids } = this.#pids();
    return mapValues(pids, rssMbOf);
  }

  async stop() {
    for (const part of [...this.#generators, ...this.#services.toReversed()]) await part.stop();
    await this.#guard.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/** No part of the benchmark has secrets. */
const NO_KEYS = {
  tokenKey: '',
  slackSigningSecret: '',
  slackBotToken: '',
  idempotencySecret: '',
  flexdeployPassword: '',
  functionKey: '',
  hostKey: '',
  systemKey: '',
};

/** @param {Record<string, number>} record @param {(value: number, key: string) => number} change */
const mapValues = (record, change) =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));

/** @param {number} pid user and system time, from /proc/PID/stat; other systems have none */
function cpuSecondsOf(pid) {
  if (process.platform !== 'linux') return NaN;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** @param {number} pid */
function rssMbOf(pid) {
  if (process.platform !== 'linux') return NaN;
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
