/** The processes of a stack's services: one or several of each, which the gateway asks in turn. */
import { join } from 'node:path';
import { answersHttp } from './answers.mjs';
import { bundleOf } from './build.mjs';
import { servicesNode } from './node.mjs';
import { freePorts, metricsPortOf, originAt } from './ports.mjs';
import { environmentOf } from './settings.mjs';
import { Upstreams } from './upstreams.mjs';

/** A service leaves by itself within 25 s. */
const STOP_MS = 30_000;

/** @typedef {import('./managed-process.mjs').ManagedProcess} ManagedProcess */
/** @typedef {import('./ports.mjs').Ports} Ports */
/** @typedef {import('./service-settings.mjs').ServiceName} ServiceName */

/**
 * Makes a process that is not started yet.
 * @typedef {(program: import('./servers.mjs').Program, env: Record<string, string>, stopMs: number) => ManagedProcess} Make
 */

export class ServiceProcesses {
  /** @type {ManagedProcess[]} */
  #all = [];
  #upstreams = new Upstreams();
  /** @type {Set<number>} ports that somebody of this stack has, or will have */
  #reserved;
  #settings;
  #make;

  /** @param {import('./settings.mjs').StackSettings} settings @param {Make} make */
  constructor(settings, make) {
    this.#settings = settings;
    this.#make = make;
    this.#reserved = new Set(Object.values(settings.ports));
  }

  get all() {
    return this.#all;
  }

  /** The first one has the stack's own ports. @param {ServiceName} name @param {number} count */
  async add(name, count) {
    for (let n = 0; n < count; n++) {
      const ports = n === 0 ? this.#settings.ports : await this.#portsBeside(name);
      this.#upstreams.add(this.#service(name, ports), ports);
    }
  }

  /** See Stack. @param {ServiceName} name */
  async roll(name) {
    const endings = [];
    for (const old of this.#all.filter((part) => part.name === name)) {
      const ports = await this.#portsBeside(name);
      const fresh = this.#service(name, ports);
      await fresh.start();
      this.#upstreams.add(fresh, ports);
      this.#upstreams.remove(old);
      endings.push(await old.stop());
      this.#all = this.#all.filter((part) => part !== old);
    }
    return endings.filter((ending) => ending !== undefined);
  }

  /** Who gets the next request. @param {import('./gateway.mjs').Upstream} upstream */
  originOf(upstream) {
    return this.#upstreams.originOf(upstream, this.#settings.ports);
  }

  /** Those of another process of the service. @param {ServiceName} name */
  async #portsBeside(name) {
    const { ports } = this.#settings;
    const free = await freePorts(this.#reserved);
    const own = /** @type {const} */ ([name, metricsPortOf(name), 'management']);
    for (const port of own) this.#reserved.add(free[port]);
    return { ...ports, ...Object.fromEntries(own.map((port) => [port, free[port]])) };
  }

  /** @param {ServiceName} name @param {Ports} ports */
  #service(name, ports) {
    const isReady = () => answersHttp(`${originAt(ports[name])}/health/ready`);
    const args = ['--enable-source-maps', bundleOf(name)];
    const env = environmentOf(name, this.#ownSettings(ports));
    const service = this.#make({ name, file: servicesNode(), args, isReady }, env, STOP_MS);
    this.#all.push(service);
    return service;
  }

  /** Each process keeps lists of its own. @param {Ports} ports */
  #ownSettings(ports) {
    const { dataDir, ports: first, env } = this.#settings;
    if (ports === first) return this.#settings;
    const lists = { PROJECTION_FILE: join(dataDir, `instances-${ports['status-api']}.sqlite`) };
    return { ...this.#settings, ports, env: { ...env, ...lists } };
  }
}
