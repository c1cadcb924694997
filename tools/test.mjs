/** `npm test`: everything that must hold. Node built-ins only until the dependencies are there. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { forgetResults, PARTS, RESULTS, resultsOf } from './checks/parts.mjs';
import { bold, duration, green, red, terminal } from './dev/console.mjs';
import { installDependencies } from './dev/install.mjs';
import { ROOT, toolsPath } from './dev/node.mjs';
import { run } from './dev/run.mjs';

const HELP = `Runs every check and every test, in this order, and shows what fails.

Usage: npm test -- [options]

  --only a,b        these parts only
  --without a,b     all parts but these
  --verbose         shows the output of every part while it runs
  --help            this text

${PARTS.map(({ name, what }) => `  ${name.padEnd(10)}${what}`).join('\n')}

The last line counts tests; a part without tests counts as one.
`;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => process.exit(130));

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}

/** @returns {Promise<number>} the exit code */
async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      without: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const excluded = namesIn(values.without);
  const chosen = values.only === undefined ? PARTS.map(({ name }) => name) : namesIn(values.only);
  await installDependencies(terminal);
  forgetResults();
  mkdirSync(RESULTS, { recursive: true });
  const outcomes = [];
  for (const part of PARTS)
    if (chosen.includes(part.name) && !excluded.includes(part.name))
      outcomes.push(await runPart(part, values.verbose));
  return summary(outcomes);
}

/** @param {string} [list] @returns {string[]} */
function namesIn(list = '') {
  const names = list.split(',').filter((name) => name !== '');
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name));
  if (unknown)
    throw new Error(`There is no part "${unknown}". Parts: ${PARTS.map(({ name }) => name).join(', ')}.`);
  return names;
}

/** @typedef {{ name: string, ok: boolean, ms: number, results: import('./checks/parts.mjs').Results }} Outcome */

/** @param {import('./checks/parts.mjs').Part} part @param {boolean} verbose @returns {Promise<Outcome>} */
async function runPart(part, verbose) {
  const started = Date.now();
  let output = '';
  const ok = await terminal
    .step(`${part.name}: ${part.what}`, async () => {
      const result = await execute(part, verbose);
      output = result.output;
      if (result.code !== 0) throw new Error(`exit code ${result.code}`);
      return true;
    })
    .catch((error) => {
      if (!verbose) terminal.say(output || error.message);
      return false;
    });
  if (ok && part.tells && !verbose) terminal.say(output.trimEnd());
  return { name: part.name, ok, ms: Date.now() - started, results: resultsOf(part, ok) };
}

/** @param {import('./checks/parts.mjs').Part} part @param {boolean} show */
async function execute({ command: [tool = '', ...args], cwd = '', prepare }, show) {
  const told = await prepare?.(terminal);
  return run(tool, args, {
    cwd: join(ROOT, cwd),
    show,
    env: { ...told, PATH: toolsPath(), NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' },
  });
}

/** @param {readonly Outcome[]} outcomes @returns {number} */
function summary(outcomes) {
  const total = { passed: 0, failed: 0 };
  terminal.say(`\n${bold('Summary')}`);
  for (const { name, ok, ms, results } of outcomes) {
    total.passed += results.passed;
    total.failed += results.failed;
    const tests =
      results.passed + results.failed > 1 ? `${results.passed} passed, ${results.failed} failed` : '';
    terminal.say(
      `  ${ok ? green('✓') : red('✗')} ${name.padEnd(10)} ${duration(ms).padStart(12)}   ${tests}`,
    );
  }
  for (const failure of outcomes.flatMap(({ results }) => results.failures)) terminal.say(`\n${failure}`);
  terminal.say(`\n${total.passed} passed, ${total.failed} failed`);
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}
