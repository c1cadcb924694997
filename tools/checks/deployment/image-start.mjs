/**
 * Services that start from what the image contains, as containers of docker-compose.yml would: told what it tells them,
 * in a folder that they may not write to; on a nats-server and an emulator of their own.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { silent } from '../../dev/console.mjs';
import { ManagedProcess } from '../../dev/managed-process.mjs';
import { ROOT, servicesNode } from '../../dev/node.mjs';
import { answersHttp } from '../../dev/answers.mjs';
import { freePorts, HOST } from '../../dev/ports.mjs';
import { mustRun, run } from '../../dev/run.mjs';
import { azurite, natsServer } from '../../dev/servers.mjs';
import { storageOf } from '../../dev/settings.mjs';
import { appOf, readCompose } from './compose.mjs';
import { COMMANDS } from './settings.mjs';

/** Milliseconds, on a machine that does other things as well. */
const READY_WITHIN = 180_000;
const POLL = 40;
/** The user of the image. */
const USER = 1000;

/** @typedef {import('../../dev/ports.mjs').Ports} Ports */

/** @param {string} image @returns {Promise<string[]>} services that do not start, do not get ready, or do not stop */
export async function startProblems(image) {
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-start-'));
  const ports = await freePorts();
  const servers = [
    await natsServer({ dataDir, ports, durability: 'single' }, silent),
    azurite({ dataDir, ports, inMemory: true }),
  ].map((program) => managed(program, dataDir));
  try {
    await Promise.all(servers.map((server) => server.start()));
    const settings = await developmentSettings(dataDir, ports);
    chmodSync(dataDir, 0o755);
    setWritable(image, false);
    const apps = readdirSync(join(image, 'apps')).filter((name) => name !== 'chunks');
    const services = apps.filter((app) => !COMMANDS.includes(app));
    const problems = await Promise.all(services.map((app) => problemsOf(image, app, settings(app))));
    // They look at what the coordinator has made.
    const commands = await Promise.all(COMMANDS.map((app) => commandProblems(image, app, settings(app))));
    return [...problems, ...commands].flat();
  } finally {
    setWritable(image, true);
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(dataDir, { recursive: true });
  }
}

/** @param {import('../../dev/servers.mjs').Program} program @param {string} dataDir */
const managed = (program, dataDir) =>
  new ManagedProcess({
    ...program,
    env: { PATH: String(process.env.PATH) },
    log: join(dataDir, `${program.name}.log`),
    keepAlive: false,
    stopMs: 5_000,
    onChange: () => undefined,
    say: () => undefined,
  });

/** @param {string} dir @param {boolean} isWritable */
function setWritable(dir, isWritable) {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  for (const entry of entries)
    chmodSync(
      join(entry.parentPath, entry.name),
      (entry.isDirectory() ? 0o555 : 0o444) | (isWritable ? 0o200 : 0),
    );
  chmodSync(dir, isWritable ? 0o755 : 0o555);
}

/**
 * What docker-compose.yml tells a service, with addresses on this machine, and its configs as files.
 *
 * @param {string} dataDir @param {Ports} ports
 * @returns {Promise<(app: string) => Record<string, string>>}
 */
async function developmentSettings(dataDir, ports) {
  const { services, configs = {} } = readCompose();
  const addresses = {
    ...storageOf(ports, {}),
    NATS_URL: `nats://${HOST}:${ports['nats-server']}`,
    KEYS_FILE: join(dataDir, 'keys.json'),
    FCM_SERVICE_ACCOUNT_FILE: join(dataDir, 'service-account.json'),
  };
  writeFileSync(addresses.KEYS_FILE, configs.keys?.content ?? '');
  const made = [`http://${HOST}:${ports.sandbox}/sandbox/oauth/token`, addresses.FCM_SERVICE_ACCOUNT_FILE];
  await mustRun(servicesNode(), [join(ROOT, 'tools/service-account.mjs'), ...made]);
  return (app) => {
    const service = Object.values(services).find((one) => appOf(one) === app);
    const told = Object.entries(service?.environment ?? {}).map(([name, value]) => [
      name,
      // Nothing is in the environment: what is given as the default.
      String(value).replace(/^\$\{\w+:-(.*)\}$/s, '$1'),
    ]);
    const here = Object.entries(addresses).filter(([name]) => told.some(([one]) => one === name));
    return {
      ...Object.fromEntries(told),
      ...Object.fromEntries(here),
      NODE_ENV: 'production',
      HOST,
      ...portsOf(app, ports),
      ...(app === 'status-api' && { MANAGEMENT_PORT: String(ports.management) }),
    };
  };
}

/** @param {string} app @param {Ports} ports @returns {Record<string, string>} none for a command, which serves nothing */
function portsOf(app, ports) {
  const [port, metrics] = [app, `${app}/metrics`].map((name) => ports[/** @type {keyof Ports} */ (name)]);
  return port === undefined ? {} : { PORT: String(port), METRICS_PORT: String(metrics) };
}

/** @param {string} image @param {string} app @param {Record<string, string>} env @returns {Promise<string[]>} */
async function problemsOf(image, app, env) {
  const isRoot = process.getuid?.() === 0;
  const child = spawn(servicesNode(), [`apps/${app}/main.mjs`], {
    cwd: image,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot && { uid: USER, gid: USER }),
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk));
  /** @type {Promise<number | null>} */
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
    child.once('error', (error) => {
      log += error.message;
      resolve(null);
    });
  });
  try {
    const addresses = [env.PORT, env.MANAGEMENT_PORT].filter(Boolean).map((port) => `http://${HOST}:${port}`);
    const isReady = await becomesReady(child, addresses);
    child.kill('SIGTERM');
    const code = await ended;
    if (!isReady)
      return [`${app} does not get ready from the image: ${log.trim().split('\n').slice(-12).join('\n')}`];
    process.stdout.write(`ok  ${app} starts, gets ready and stops\n`);
    return code === 0 ? [] : [`${app} does not stop in order, but with ${code}: ${log.trim().slice(-2_000)}`];
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** @param {string} image @param {string} app @param {Record<string, string>} env @returns {Promise<string[]>} */
async function commandProblems(image, app, env) {
  const { code, output } = await run(servicesNode(), [`apps/${app}/main.mjs`, 'queues'], { cwd: image, env });
  if (code !== 0) return [`${app} exits with ${code}: ${output.trim()}`];
  process.stdout.write(`ok  ${app} does what it is told\n`);
  return [];
}

/** @param {import('node:child_process').ChildProcess} child @param {readonly string[]} addresses @returns {Promise<boolean>} */
async function becomesReady(child, addresses) {
  const deadline = performance.now() + READY_WITHIN;
  const isReady = async () =>
    (await Promise.all(addresses.map((address) => answersHttp(`${address}/health/ready`)))).every(Boolean);
  while (!(await isReady())) {
    if (child.exitCode !== null || performance.now() > deadline) return false;
    await pause(POLL);
  }
  return true;
}
