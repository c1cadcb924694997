/** Runs a program to its end, or to this process's own. Node built-ins only. */
import { spawn } from 'node:child_process';

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] added to this process's environment
 * @property {boolean} [show] lets the program write to the terminal, too
 */

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} its exit code and all that it wrote
 */
export function run(file, args, { cwd, env, show = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = () => child.kill();
    process.once('exit', end);
    let output = '';
    /** @param {NodeJS.WriteStream} screen @returns {(chunk: Buffer) => void} */
    const keep = (screen) => (chunk) => {
      output += chunk;
      if (show) screen.write(chunk);
    };
    child.stdout.on('data', keep(process.stdout));
    child.stderr.on('data', keep(process.stderr));
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', end);
      resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * @param {string} file
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} what it wrote
 * @throws {Error} with the end of its output when it fails
 */
export async function mustRun(file, args, options) {
  const { code, output } = await run(file, args, options);
  if (code === 0) return output;
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  const end = lines.slice(-25).join('\n');
  throw new Error(`${[file, ...args].join(' ')} failed with exit code ${code}:\n${end}`);
}
