/** Which port each part of a stack has, on loopback. */
import { createServer } from 'node:net';
import { SERVICES } from './service-settings.mjs';

/** @typedef {import('./service-settings.mjs').ServiceName} ServiceName */

export const HOST = '127.0.0.1';
/** The port of the gateway, the only one that people use. The others follow it at fixed distances. */
export const DEFAULT_PORT = 7071;

const PORT_OFFSETS = {
  gateway: 0,
  ingestion: 10,
  'status-api': 11,
  management: 12,
  sandbox: 13,
  'token-store': 14,
  'slack-notifier': 15,
  'flexdeploy-adapter': 16,
  'saga-coordinator': 17,
  'query-worker': 18,
  'nats-server': 19,
  blob: 21,
  queue: 22,
  table: 23,
  'talk-reviewer': 24,
  'push-notifier': 25,
  'file-store': 26,
  'mail-notifier': 27,
  smtp: 28,
};

/** Where a service serves its metrics, behind where it serves its API. */
const METRICS_OFFSET = 30;

/** @typedef {keyof typeof PORT_OFFSETS | MetricsPortName} PortName */
/** @typedef {`${ServiceName}/metrics`} MetricsPortName */
/** @typedef {Record<PortName, number>} Ports */

/** @param {ServiceName} name @returns {MetricsPortName} */
export const metricsPortOf = (name) => `${name}/metrics`;

const OFFSETS = {
  ...PORT_OFFSETS,
  ...Object.fromEntries(SERVICES.map((name) => [metricsPortOf(name), PORT_OFFSETS[name] + METRICS_OFFSET])),
};

export const PORT_NAMES = /** @type {PortName[]} */ (Object.keys(OFFSETS));

/** @param {number} base port of the gateway @returns {Ports} */
export const portsFrom = (base) =>
  /** @type {Ports} */ (
    Object.fromEntries(Object.entries(OFFSETS).map(([name, offset]) => [name, base + offset]))
  );

/** @param {number} port */
export const originAt = (port) => `http://${HOST}:${port}`;

/** Below the range that systems give to outgoing connections, so that nobody takes one by chance. */
const LOWEST = 20_000;
const COUNT = 12_000;
/** Processes that are started one after the other choose from different parts of the range. */
const PARTS = 12;
const EACH = COUNT / PARTS;

/** @param {number} port @returns {Promise<boolean>} */
export const isFree = (port) =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });

/**
 * @param {ReadonlySet<number>} [reserved] for somebody who does not listen yet
 * @returns {Promise<Ports>} a free port for each part
 */
export async function freePorts(reserved = new Set()) {
  /** @type {Set<number>} */
  const taken = new Set();
  while (taken.size < PORT_NAMES.length) {
    const port = LOWEST + (process.pid % PARTS) * EACH + Math.floor(Math.random() * EACH);
    if (!taken.has(port) && !reserved.has(port) && (await isFree(port))) taken.add(port);
  }
  const ports = [...taken];
  return /** @type {Ports} */ (Object.fromEntries(PORT_NAMES.map((name, index) => [name, ports[index]])));
}
