/** `npm start`: Countersign on this machine. Node built-ins only until the dependencies are there. */
import { bold, red, terminal } from './dev/console.mjs';
import { installDependencies } from './dev/install.mjs';
import { forgetData, HELP, startOptions } from './dev/start-options.mjs';
import { whatToTry } from './dev/what-to-try.mjs';

/** A second Ctrl-C that comes later than this is meant as one (npm passes each on twice). */
const SECOND_SIGNAL_MS = 1_500;

/** @type {Promise<import('./dev/stack.mjs').Stack> | undefined} */
let starting;
const interrupted = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => void interrupt());
// An npm that is killed outright takes nobody with it.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && void interrupt(), 500).unref();

try {
  await start();
} catch (error) {
  if (!interrupted.signal.aborted) {
    process.stderr.write(
      `${red('Countersign did not start.')} ${error instanceof Error ? error.message : error}\n`,
    );
    process.exit(1);
  }
}

async function start() {
  const options = startOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return;
  }
  terminal.say(bold('Countersign'));
  await installDependencies(terminal);
  await forgetData(options);
  const { prepare, startStack } = await import('./dev/stack.mjs');
  await prepare(terminal);
  starting = startStack({
    ...options.stack,
    keepAlive: true,
    sampleRows: true,
    reporter: terminal,
    signal: interrupted.signal,
  });
  const stack = await starting;
  terminal.say(whatToTry(stack));
}

let firstSignal = 0;

/** Stops all parts in order. The impatient end this process at once; the stack's guard then ends the rest. */
async function interrupt() {
  if (interrupted.signal.aborted) {
    if (Date.now() - firstSignal > SECOND_SIGNAL_MS) process.exit(130);
    return;
  }
  firstSignal = Date.now();
  interrupted.abort();
  if (!starting) process.exit(130);
  terminal.say('');
  const stopped = starting.then(
    (stack) => stack.stop(),
    () => undefined,
  );
  await terminal.step('stopping', () => stopped);
  process.exit(0);
}
