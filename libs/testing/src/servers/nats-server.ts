import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { environment, natsServerOverride, searchPath } from './config';
import { freePort } from './ports';
import { ServerProcess, temporaryDir } from './server-process';

export interface NatsServerOptions {
  /** `sync_interval: always`: every acknowledged write survives a power loss. */
  readonly syncAlways?: boolean;
  /** Kept at `stop()`; without it the data is temporary. */
  readonly dataDir?: string;
  readonly port?: number;
  /** More of the server's configuration, in its own language: authorisation, TLS, a cluster. */
  readonly config?: string;
  /** What the configuration takes from the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface NatsServer {
  /** As it calls itself: who leads a stream is told by this name. */
  readonly name: string;
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now. */
  readonly pid: number;
  /** Sends the signal (default SIGKILL) and waits for the end of the process (not for SIGSTOP and SIGCONT). */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data and port, after an orderly end if it still runs. */
  restart(): Promise<void>;
  /** Ends it and removes temporary data. */
  stop(): Promise<void>;
}

/**
 * Starts a nats-server with JetStream on loopback; resolves when it answers. It ends with the
 * test process, however that ends.
 * @throws Error when no nats-server of version 2.12 or later is found, or it does not start.
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const file = await findNatsServer();
  const port = options.port ?? (await freePort());
  const dir = options.dataDir ?? (await temporaryDir('nats'));
  const config = join(dir, 'nats-server.conf');
  const name = randomUUID();
  await writeFile(
    config,
    `${configuration(name, port, dir, options.syncAlways ?? false)}${options.config ?? ''}`,
  );
  const server = await ServerProcess.start({
    name: 'nats-server',
    file,
    args: ['--config', config],
    ...(options.env !== undefined && { env: environment(options.env) }),
    ...(options.dataDir === undefined && { temporaryDir: dir }),
    answers: () => greets(port, name),
  });
  return {
    name,
    url: `nats://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    kill: (signal) => server.kill(signal),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

const configuration = (name: string, port: number, dir: string, syncAlways: boolean): string => `
server_name: "${name}"
listen: "127.0.0.1:${port}"
jetstream {
  store_dir: ${JSON.stringify(dir)}
  ${syncAlways ? 'sync_interval: always' : ''}
}
`;

/** Once its JetStream has recovered a nats-server greets each connection with INFO, which has its name. */
const greets = (port: number, name: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.setTimeout(1_000, () => answer(false));
    socket.once('error', () => answer(false));
    socket.once('data', (data) => answer(data.toString().includes(name)));
  });

/**
 * `NATS_SERVER`, then the PATH, then the workspace's own download.
 * @throws Error that says what to install when there is none of version 2.12 or later.
 */
export async function findNatsServer(): Promise<string> {
  const override = natsServerOverride();
  const cache = join(workspaceRoot(), '.cache/nats-server/root/usr');
  const candidates = override
    ? [override]
    : [...searchPath(), join(cache, 'sbin'), join(cache, 'bin')].map((dir) => join(dir, 'nats-server'));
  for (const file of candidates) {
    if (existsSync(file) && (await isNewEnough(file))) return file;
  }
  throw new Error(
    `No nats-server 2.12 or later in ${override ? 'NATS_SERVER' : 'NATS_SERVER, the PATH or .cache/nats-server'}. ` +
      'Run `npm start` once (it fetches one where it can), or install it and put it on the PATH.',
  );
}

async function isNewEnough(file: string): Promise<boolean> {
  const { stdout } = await promisify(execFile)(file, ['--version']);
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 12);
}

function workspaceRoot(): string {
  let dir = process.cwd();
  while (!existsSync(join(dir, 'nx.json')) && dirname(dir) !== dir) dir = dirname(dir);
  return dir;
}
