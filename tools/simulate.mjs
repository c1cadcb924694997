/** `npm run simulate`: the seeded simulation of the commit protocol, for as long as one likes. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { terminal } from './dev/console.mjs';
import { installDependencies } from './dev/install.mjs';
import { ROOT, toolsPath } from './dev/node.mjs';
import { run } from './dev/run.mjs';

const HELP = `Runs the saga coordinator's protocol against a model of JetStream that loses, delays and repeats
what it can, once per seed (and each seed twice), and checks every invariant.

Usage: npm run simulate -- [options]

  --seeds N   seeds from 0 up (2000)
  --seed N    this seed alone, with everything that happened
  --help      this text
`;

const { values } = parseArgs({
  options: { seeds: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
const wrong = Object.entries(values).find(([, value]) => typeof value === 'string' && !/^\d+$/.test(value));
if (values.help) process.stdout.write(HELP);
else if (wrong !== undefined) {
  process.stderr.write(`--${wrong[0]} takes a whole number from 0 up, not ${wrong[1]}\n`);
  process.exitCode = 2;
} else process.exitCode = await simulate();

async function simulate() {
  await installDependencies(terminal);
  const { code } = await run('jest', ['shard/simulation'], {
    cwd: join(ROOT, 'apps/saga-coordinator'),
    env: {
      PATH: toolsPath(),
      ...(values.seeds && { SIMULATION_SEEDS: values.seeds }),
      ...(values.seed && { SIMULATION_SEED: values.seed }),
    },
    show: true,
  });
  return code;
}
