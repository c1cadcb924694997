/**
 * Ends the processes of a stack when the stack itself dies without a chance to do so (kill -9,
 * a crashed test run): a shell that waits for the end of its standard input, then stops what the
 * list of processes names, in order, and by force after a while.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The list's first line is the process that runs the stack, the others are what to end. */
const SCRIPT = `cat >/dev/null
pids=$(tail -n +2 "$1")
for signal in TERM KILL; do
  for pid in $pids; do kill -s $signal "$pid"; done
  for second in 1 2 3 4 5; do kill -0 $pids || break; sleep 1; done
done 2>/dev/null
rm -f -- "$1"`;
const PATIENCE_MS = 12_000;

/** @param {string} dataDir */
const listOf = (dataDir) => join(dataDir, 'processes');

/** @param {string} dataDir @returns {{ owner?: number, parts: number[] }} of the stack on it: what is alive */
export function processesOn(dataDir) {
  const list = listOf(dataDir);
  if (!existsSync(list)) return { parts: [] };
  const [owner = 0, ...parts] = readFileSync(list, 'utf8').trim().split('\n').map(Number);
  return { ...(isAlive(owner) && { owner }), parts: parts.filter(isAlive) };
}

export class Guard {
  #dataDir;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #shell;

  /** @param {string} dataDir */
  constructor(dataDir) {
    this.#dataDir = dataDir;
  }

  /** @throws {Error} when another stack works on this data folder; one whose end is under way is waited for */
  async start() {
    const list = listOf(this.#dataDir);
    const deadline = Date.now() + PATIENCE_MS;
    for (let { owner, parts } = processesOn(this.#dataDir); owner || parts.length > 0;) {
      if (owner || Date.now() > deadline)
        throw new Error(
          `Another stack works on this data folder (process ${owner ?? parts[0]}). Stop it, or take another ` +
            `folder with --data. If that process is something else, remove ${list}.`,
        );
      await pause(100);
      ({ owner, parts } = processesOn(this.#dataDir));
    }
    this.#write(list, []);
    this.#shell = spawn('sh', ['-c', SCRIPT, 'guard', list], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell.unref();
  }

  /** @param {readonly (number | undefined)[]} pids what to end, in this order */
  watch(pids) {
    if (this.#shell) this.#write(listOf(this.#dataDir), pids);
  }

  /** Called once every process ended. */
  async stop() {
    if (!this.#shell) return;
    this.#shell.kill('SIGKILL');
    await rm(listOf(this.#dataDir), { force: true });
  }

  /** @param {string} list @param {readonly (number | undefined)[]} pids */
  #write(list, pids) {
    const lines = [process.pid, ...pids.filter((pid) => pid !== undefined)];
    writeFileSync(list, `${lines.join('\n')}\n`);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
