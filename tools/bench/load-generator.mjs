import { fork } from 'node:child_process';
import { servicesNode } from '../dev/node.mjs';
import { bundleOf } from './build.mjs';

/** How long a process may take to end in order. */
export const STOP_MS = 15_000;

/** @typedef {import('./src/protocol').Command} Command */
/** @typedef {import('./src/protocol').Load} Load */

/** A process that makes load and measures: takes one command at a time. */
export class LoadGenerator {
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
