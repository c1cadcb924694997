/** `npm run bench`: what a workflow costs. Node built-ins only until the dependencies are there. */
import { writeFileSync } from 'node:fs';
import { benchOptions, HELP } from './bench/options.mjs';
import { bold, red, terminal } from './dev/console.mjs';
import { installDependencies } from './dev/install.mjs';

const interrupted = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => interrupted.abort());

try {
  await main();
} catch (error) {
  process.stderr.write(`${red('No result.')} ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

async function main() {
  const options = benchOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return;
  }
  terminal.say(bold('Countersign benchmark'));
  await installDependencies(terminal);
  const { prepareBench, runBench } = await import('./bench/run.mjs');
  const { tableOf } = await import('./bench/report.mjs');
  await prepareBench(terminal);
  const report = await runBench(options, terminal, interrupted.signal);
  terminal.say(tableOf(report));
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}
