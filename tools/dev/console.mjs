/** What the commands say while they work. Node built-ins only. */
const REMIND_MS = 15_000;
const colours = process.stdout.isTTY && !process.env.NO_COLOR;

/** @param {string} code @returns {(text: string) => string} */
const paint = (code) => (text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = paint('1');
export const dim = paint('2');
export const green = paint('32');
export const red = paint('31');

/** @param {number} ms @returns {string} `0.4 s`, `1 min 12 s` */
export function duration(ms) {
  if (ms < 59_500) return `${(ms / 1000).toFixed(ms < 9_950 ? 1 : 0)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/**
 * @typedef {object} Reporter
 * @property {(line: string) => void} say one line for the person who watches
 * @property {<T>(text: string, work: () => Promise<T>) => Promise<T>} step
 *   names a piece of work, shows that it goes on while it lasts, and how long it took
 */

/** @type {Reporter} */
export const terminal = {
  say: (line) => void process.stdout.write(`${line}\n`),
  async step(text, work) {
    const started = Date.now();
    const elapsed = () => duration(Date.now() - started);
    const live = process.stdout.isTTY;
    process.stdout.write(live ? `  … ${text}` : `  … ${text}\n`);
    const reminder = setInterval(
      () =>
        process.stdout.write(live ? `\r  … ${text} ${dim(elapsed())}` : `    still at it (${elapsed()})\n`),
      live ? 1000 : REMIND_MS,
    );
    /** @param {string} mark */
    const close = (mark) => {
      clearInterval(reminder);
      process.stdout.write(`${live ? '\r\u001b[2K' : ''}  ${mark} ${text} ${dim(elapsed())}\n`);
    };
    try {
      const result = await work();
      close(green('✓'));
      return result;
    } catch (error) {
      close(red('✗'));
      throw error;
    }
  },
};

/** @type {Reporter} */
export const silent = { say: () => undefined, step: (_text, work) => work() };
