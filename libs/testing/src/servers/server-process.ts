import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface ServerCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment of the program. Default: that of the test process. */
  readonly env?: NodeJS.ProcessEnv;
  /** Removed at `stop()`, and when the test process dies. */
  readonly temporaryDir?: string;
  /** What ends the program in an orderly way; default SIGTERM. */
  readonly orderlyEnd?: NodeJS.Signals;
  /** Whether the server answers requests; asked again and again while it starts. */
  readonly answers: () => Promise<boolean>;
}

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 15;
const KEPT_OUTPUT_CHARS = 4_000;

/**
 * Waits for the end of its standard input, which is the test process's death in whatever way,
 * then kills the server and removes its data.
 */
const GUARD = 'cat >/dev/null; kill -9 "$1"; [ -z "$2" ] || rm -rf -- "$2"';

export const temporaryDir = (name: string): Promise<string> =>
  mkdtemp(join(tmpdir(), `countersign-${name}-`));

/** A server program that a test started and may kill and start again on the same data and port. */
export class ServerProcess {
  private child: ChildProcess | undefined;
  private guard: ChildProcess | undefined;
  private output = '';

  private readonly command: ServerCommand;

  private constructor(command: ServerCommand) {
    this.command = command;
  }

  /** @throws Error with the program's last output when it ends or does not answer within 30 s. */
  static async start(command: ServerCommand): Promise<ServerProcess> {
    const server = new ServerProcess(command);
    await server.start().catch(async (error) => {
      await server.stop();
      throw error;
    });
    return server;
  }

  /** @throws Error when it does not run. */
  get pid(): number {
    if (this.child?.pid === undefined) throw new Error(`${this.command.name} is not running`);
    return this.child.pid;
  }

  /** Sends the signal and, unless it only stops or continues the process, waits for its end. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await ended;
  }

  /** Starts it again with the same data and port, after an orderly end if it still runs. */
  async restart(): Promise<void> {
    await this.kill(this.command.orderlyEnd ?? 'SIGTERM');
    await this.start();
  }

  /** Ends it and removes its temporary data. */
  async stop(): Promise<void> {
    await this.kill('SIGKILL');
    const dir = this.command.temporaryDir;
    if (dir !== undefined) await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }

  private async start(): Promise<void> {
    const { name, file, args, env } = this.command;
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], ...(env && { env }) });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`${name} ended (${signal ?? code})`)));
    });
    child.once('exit', () => this.ended());
    this.keepOutput(child);
    this.child = child;
    this.guard = spawnGuard(child.pid, this.command.temporaryDir);
    try {
      await Promise.race([this.untilItAnswers(child), failed]);
    } catch (cause) {
      child.kill('SIGKILL');
      throw new Error(`${name} did not start: ${String(cause)}\n${this.output}`, { cause });
    }
    failed.catch(() => undefined);
    // Tests that forget to stop a server still end; the guard then kills it.
    child.unref();
  }

  private async untilItAnswers(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.command.answers())) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (Date.now() > deadline) throw new Error(`no answer within ${START_TIMEOUT_MS} ms`);
      await pause(POLL_MS);
    }
  }

  private keepOutput(child: ChildProcess): void {
    this.output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output = (this.output + chunk.toString()).slice(-KEPT_OUTPUT_CHARS);
      });
      (stream as unknown as { unref?(): void } | null)?.unref?.();
    }
  }

  private ended(): void {
    this.child = undefined;
    this.guard?.kill('SIGKILL');
    this.guard = undefined;
  }
}

function spawnGuard(pid: number | undefined, dir = ''): ChildProcess | undefined {
  if (pid === undefined) return undefined;
  const guard = spawn('sh', ['-c', GUARD, 'guard', String(pid), dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A group of its own: Ctrl-C must not end the guard before the test process.
    detached: true,
  });
  guard.unref();
  (guard.stdin as unknown as { unref?(): void } | null)?.unref?.();
  return guard;
}
