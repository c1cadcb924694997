/** One program of the stack: started, watched, started again, stopped. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 40;
const READY_TIMEOUT_MS = 60_000;
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 10_000;
/** A process that ran this long was fine: the next one starts at once again. */
const HEALTHY_MS = 30_000;
const LOG_LIMIT_BYTES = 20 * 1024 * 1024;

/**
 * @typedef {object} ProcessOptions
 * @property {string} name
 * @property {string} file
 * @property {readonly string[]} args
 * @property {Record<string, string>} env the whole environment
 * @property {string} log file that gets all that it writes
 * @property {() => Promise<boolean>} isReady asked again and again while it starts
 * @property {boolean} keepAlive starts it again when it ends by itself
 * @property {number} stopMs how long an orderly stop may take before it is killed
 * @property {() => void} onChange it started or ended
 * @property {(line: string) => void} say
 */

/**
 * How a process ended.
 * @typedef {object} Ending
 * @property {string} name
 * @property {number | null} code null where a signal ended it
 * @property {NodeJS.Signals | null} signal
 */

export class ManagedProcess {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {Promise<Ending | undefined>} */
  #ended = Promise.resolve(undefined);
  #wanted = false;
  #wasReady = false;
  #failures = 0;
  #options;

  /** @param {ProcessOptions} options */
  constructor(options) {
    this.#options = options;
  }

  get name() {
    return this.#options.name;
  }

  /** @returns {number | undefined} undefined while it does not run */
  get pid() {
    return this.#child?.pid;
  }

  /**
   * Starts it and waits until it is ready.
   * @throws {Error} with the end of its log when it ends first, or is not ready within a minute
   */
  async start() {
    if (this.#child) return;
    this.#wanted = true;
    this.#spawn();
    try {
      await this.#untilReady();
      this.#failures = 0;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async #untilReady() {
    const { name, isReady, log } = this.#options;
    const deadline = Date.now() + READY_TIMEOUT_MS;
    const failure = (/** @type {string} */ what) => new Error(`${name} ${what}\n${endOf(log)}`);
    while (!(await isReady())) {
      if (!this.#wanted) throw new Error(`${name} was stopped before it was ready`);
      if (!this.#child) throw failure('ended before it was ready.');
      if (Date.now() > deadline) throw failure('is not ready after a minute.');
      await pause(POLL_MS);
    }
    if (!this.#child) throw failure('ended, and something else answers on its port.');
    this.#wasReady = true;
  }

  /**
   * Sends the signal and, unless it only stops or continues the process, waits for its end.
   * @param {NodeJS.Signals} signal
   */
  async kill(signal) {
    if (!this.#child) return;
    this.#child.kill(signal);
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await this.#ended;
  }

  /**
   * Ends it for good: in order if it can, by force when it takes too long.
   * @returns {Promise<Ending | undefined>} undefined where it did not run
   */
  async stop() {
    this.#wanted = false;
    const child = this.#child;
    if (!child) return undefined;
    const force = setTimeout(() => {
      this.#options.say(`${this.name} does not stop and is killed`);
      child.kill('SIGKILL');
    }, this.#options.stopMs);
    child.kill('SIGTERM');
    const ending = await this.#ended;
    clearTimeout(force);
    return ending;
  }

  #spawn() {
    const { file, args, env, log, onChange } = this.#options;
    const output = openLog(log);
    // A session of its own: Ctrl-C reaches the stack alone, which then stops the parts in order.
    const child = spawn(file, args, { env, detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    const started = Date.now();
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      const end = (
        /** @type {string} */ how,
        /** @type {number | null} */ code = null,
        /** @type {NodeJS.Signals | null} */ signal = null,
      ) => {
        this.#child = undefined;
        onChange();
        resolve({ name: this.name, code, signal });
        this.#startAgain(how, Date.now() - started);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`, code, signal));
    });
    onChange();
  }

  /** @param {string} how it ended @param {number} lived milliseconds */
  #startAgain(how, lived) {
    const { name, keepAlive, say } = this.#options;
    if (!this.#wanted || !this.#wasReady || !keepAlive) return;
    if (lived > HEALTHY_MS) this.#failures = 0;
    const backoff = Math.min(FIRST_BACKOFF_MS * 2 ** this.#failures++, LONGEST_BACKOFF_MS);
    say(`${name} ended (${how}) and starts again in ${backoff / 1000} s`);
    setTimeout(() => {
      if (this.#wanted && !this.#child) this.#spawn();
    }, backoff).unref();
  }
}

/** @param {string} log @returns {string} its last lines, and where the rest is */
const endOf = (log) =>
  `${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-12).join('\n')}\n(all of it: ${log})`;

/** @param {string} file @returns {number} descriptor; a log that grew too long is put aside */
function openLog(file) {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT_BYTES)
    renameSync(file, `${file}.old`);
  return openSync(file, 'a');
}
