/** The parts of `npm test`, in the order in which they run: the quick and telling ones first. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { buildServices } from '../dev/build.mjs';
import { ROOT } from '../dev/node.mjs';
import { obtainNatsServer } from '../nats-server.mjs';
import { obtainChromium } from './chromium.mjs';

/** Where Jest leaves its results. */
export const RESULTS = join(ROOT, '.cache/test-results');

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} what
 * @property {readonly string[]} command a tool of the dependencies, with arguments
 * @property {string} [cwd] below the project's folder
 * @property {(reporter: import('../dev/console.mjs').Reporter) => Promise<NodeJS.ProcessEnv>} [prepare]
 *   gets what the part needs; answers what the part is told by the environment
 * @property {(file: string) => boolean} [results] which files in the results' folder are this part's (Jest's JSON);
 *   without it the part is one check
 * @property {boolean} [tells] its output is shown also when it succeeds
 */

/** @param {string} target */
const nx = (target) => ['nx', 'run-many', '-t', target, '--outputStyle=static'];

/** @type {NonNullable<Part['prepare']>} */
const withNats = async (reporter) => ({ NATS_SERVER: await obtainNatsServer(reporter) });

/** @type {NonNullable<Part['prepare']>} */
const withBundles = async (reporter) => {
  await buildServices(reporter);
  return { NATS_SERVER: await obtainNatsServer(reporter) };
};

/**
 * A part of the specs in e2e/, which are named after it: `*.<name>.spec.ts`.
 *
 * @param {string} name @param {string} what
 * @param {{ prepare?: Part['prepare'], options?: readonly string[] }} [special] options are Jest's
 * @returns {Part}
 */
const wholeProduct = (name, what, { prepare = withBundles, options = [] } = {}) => ({
  name,
  what,
  command: ['jest', `${name}\\.spec`, ...options, '--json', `--outputFile=${join(RESULTS, `${name}.json`)}`],
  cwd: 'e2e',
  prepare,
  results: (file) => file === `${name}.json`,
});

/** @type {readonly Part[]} */
const WHOLE_PRODUCT = [
  wholeProduct('e2e', 'the whole product as real processes'),
  wholeProduct('load', 'the whole product under load, with the machine to itself', {
    options: ['--maxWorkers=1'],
  }),
  wholeProduct('browser', 'the pages in a real browser', {
    prepare: async (reporter) => ({
      ...(await withBundles(reporter)),
      CHROMIUM: await obtainChromium(reporter),
    }),
  }),
];

/** @type {readonly Part[]} */
export const PARTS = [
  { name: 'format', what: 'Prettier', command: ['prettier', '--check', '.', '--log-level', 'warn'] },
  { name: 'lint', what: 'ESLint, with the boundaries between the libraries', command: nx('lint') },
  { name: 'knip', what: 'unused files, exports and dependencies', command: ['knip'] },
  { name: 'typecheck', what: 'TypeScript', command: nx('typecheck') },
  {
    name: 'documents',
    what: 'the documents of the interfaces and the users of NATS: valid, and what the code says',
    command: ['node', 'tools/documents.mjs', '--check'],
  },
  {
    name: 'manifests',
    what: 'docker-compose.yml, k8s/ and the workflows: valid, complete, and told what the code reads',
    command: ['node', 'tools/checks/manifests.mjs'],
    prepare: withNats,
  },
  {
    name: 'image',
    what: 'the image of production, built outside Docker: nothing of development in it, and every service starts',
    command: ['node', 'tools/checks/image.mjs'],
    prepare: withNats,
  },
  {
    name: 'audit',
    what: 'known vulnerabilities of what goes into production, where the registry tells of them',
    command: ['node', 'tools/checks/audit.mjs'],
    tells: true,
  },
  {
    name: 'unit',
    what: "every project's own specs, with real servers where they need them",
    command: nx('test'),
    prepare: withNats,
    results: (file) => !WHOLE_PRODUCT.some(({ results }) => results?.(file)),
  },
  ...WHOLE_PRODUCT,
];

/**
 * @typedef {object} Results
 * @property {number} passed
 * @property {number} failed
 * @property {readonly string[]} failures which tests failed, and how they say it
 */

/** Lines of a test's own words; the output of its part has all of them. */
const LINES_SHOWN = 20;

/** Forgets the results of an earlier run; those that Nx has cached come back with their tests. */
export const forgetResults = () => rmSync(RESULTS, { recursive: true, force: true });

/** @param {Part} part @param {boolean} ok whether its command succeeded @returns {Results} */
export function resultsOf({ results }, ok) {
  if (!results) return { passed: Number(ok), failed: Number(!ok), failures: [] };
  const files = readdirSync(RESULTS)
    .filter(results)
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')));
  const sum = (/** @type {(file: any) => number} */ of) => files.reduce((total, file) => total + of(file), 0);
  const failed = sum((file) => file.numFailedTests + file.numRuntimeErrorTestSuites);
  return {
    passed: sum((file) => file.numPassedTests),
    // A command that fails while its tests pass has failed all the same.
    failed: ok ? failed : failed || 1,
    failures: files.flatMap(({ testResults }) => testResults.flatMap(failuresOf)),
  };
}

/** @param {{ name: string, status: string, message: string, assertionResults: any[] }} spec of Jest's JSON */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  /** @param {string} what @param {string} words */
  const told = (what, words) =>
    [
      `${relative(ROOT, name)}${what}`,
      ...stripVTControlCharacters(words).split('\n').slice(0, LINES_SHOWN),
    ].join('\n    ');
  if (status === 'failed' && failed.length === 0) return [told('', message)];
  return failed.map((test) => told(` › ${test.fullName}`, test.failureMessages.join('\n')));
}
