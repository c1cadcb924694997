/** The bundles of the benchmark's processes. */
import { join } from 'node:path';
import { build } from '../dev/build.mjs';
import { ROOT } from '../dev/node.mjs';
import { PROCESSES } from './options.mjs';

const INTO = 'dist/bench';

/** @param {string} name of a process @returns {string} the file that starts it */
export const bundleOf = (name) => join(ROOT, INTO, `${name}.mjs`);

/** @param {import('../dev/console.mjs').Reporter} reporter */
export const buildBench = (reporter) =>
  build(
    'building',
    {
      into: INTO,
      bundles: PROCESSES.map(bundleOf),
      config: 'tools/bench/rolldown.config.mjs',
      sources: 'tools/bench',
    },
    reporter,
  );
