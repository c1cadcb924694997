import { builtinModules } from 'node:module';
import eslint from '@eslint/js';
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Who may import whom (ARCHITECTURE.md). There is no fallback: a project that is not named here may import nothing. */
const mayImport = {
  'scope:workflow': [],
  'scope:contracts': ['scope:workflow'],
  'scope:workflows': ['scope:workflow', 'scope:contracts'],
  'scope:jetstream': ['scope:workflow', 'scope:contracts'],
  'scope:service': ['scope:workflow', 'scope:contracts'],
  'scope:azure': ['scope:workflow'],
  'scope:decisions': ['scope:workflow', 'scope:contracts', 'scope:jetstream', 'scope:service'],
  'scope:tools': [],
  'type:app': [
    'scope:workflow',
    'scope:contracts',
    'scope:workflows',
    'scope:jetstream',
    'scope:service',
    'scope:azure',
    'scope:decisions',
    'scope:docs',
  ],
  'type:bench': ['scope:workflow', 'scope:contracts', 'scope:workflows', 'scope:jetstream', 'scope:service'],
  'type:documents': ['scope:workflow', 'scope:contracts', 'scope:jetstream', 'scope:service', 'scope:docs'],
};
const everyLib = mayImport['type:app'];
/** Code that exists for tests may import every library, `testing` included. */
const testsMayImport = [...everyLib, 'scope:testing', 'scope:tools'];

const APPS = 'apps/*/src/**/*.ts';
const TESTS = [
  '**/*.spec.ts',
  '**/*.contract.ts',
  '**/src/**/testing/**/*.ts',
  'libs/testing/**/*.ts',
  'e2e/**/*.ts',
];
const CONFIGS = ['**/config.ts', '**/*.config.ts'];
const PURE = ['libs/workflow/src/**/*.ts', 'libs/contracts/src/**/*.ts', 'libs/workflows/src/**/*.ts'];

const boundaries = (tests, allow = []) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    allow,
    // Specs of every library use `testing`, which uses every library: the one cycle that is meant.
    ignoredCircularDependencies: everyLib.map((tag) => [tag.replace('scope:', ''), 'testing']),
    depConstraints: [
      ...Object.entries(mayImport).map(([sourceTag, allowed]) => ({
        sourceTag,
        onlyDependOnLibsWithTags: tests ? [...allowed, 'scope:testing'] : allowed,
      })),
      ...['scope:testing', 'type:e2e'].map((sourceTag) => ({
        sourceTag,
        onlyDependOnLibsWithTags: testsMayImport,
      })),
    ],
  },
];

const nats = { group: ['@nats-io/*', 'nats'], message: 'Only libs/jetstream speaks NATS.' };
const pure = 'workflow, contracts and workflows are pure: no framework, no outside system, no Node module.';
const outsideWorld = {
  group: [
    '@nestjs/*',
    '@azure/*',
    '@slack/*',
    '@opentelemetry/*',
    'fastify',
    'pino',
    'prom-client',
    'node:*',
  ],
  message: pure,
};
const nodeModules = builtinModules.map((name) => ({ name, message: pure }));
const processModule = { group: ['node:process', 'process'], message: 'Settings are read in config.ts.' };

const environment = {
  object: 'process',
  property: 'env',
  message: 'Settings are read once, in config.ts (loadConfig of @countersign/service).',
};
const random = { object: 'Math', property: 'random', message: 'Not deterministic: use random().' };
const clock = { object: 'Date', property: 'now', message: 'Not deterministic: use now().' };
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance'];

const subjectLiteral = ['Literal[value=/^wf\\./]', 'TemplateElement[value.raw=/^wf\\./]'].map((selector) => ({
  selector,
  message: 'Subjects are built in libs/contracts/src/subjects.ts.',
}));
const asynchronous = [':function[async=true]', 'AwaitExpression', 'ForOfStatement[await=true]'].map(
  (selector) => ({
    selector,
    message: 'A workflow waits with yield* only.',
  }),
);

export default tseslint.config(
  { ignores: ['**/dist', '**/.cache', '**/.data', '**/.nx', '**/coverage', '**/*.cjs'] },
  eslint.configs.recommended,
  tseslint.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries(false),
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // Generators that wait for nothing are workflows too.
      'require-yield': 'off',
      'no-restricted-imports': ['error', { patterns: [nats, processModule] }],
      'no-restricted-syntax': ['error', ...subjectLiteral],
    },
  },
  {
    files: [APPS, 'libs/*/src/**/*.ts'],
    ignores: CONFIGS,
    rules: { 'no-restricted-properties': ['error', environment] },
  },
  {
    files: ['libs/jetstream/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [processModule] }] },
  },
  {
    files: PURE,
    ignores: TESTS,
    rules: { 'no-restricted-imports': ['error', { paths: nodeModules, patterns: [nats, outsideWorld] }] },
  },
  {
    // The engine knows no clock; it is told the time of each input.
    files: ['libs/workflow/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-properties': ['error', environment, random, clock],
      'no-restricted-globals': ['error', ...timers],
    },
  },
  {
    files: ['libs/workflows/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-properties': ['error', environment, random],
      'no-restricted-globals': ['error', ...timers, 'Promise', 'Date'],
      'no-restricted-syntax': ['error', ...subjectLiteral, ...asynchronous],
    },
  },
  { files: ['libs/contracts/src/subjects.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: TESTS,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(true),
      'no-restricted-syntax': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    // The benchmark runs the coordinator with workflows of its own, and measures the plain client.
    files: ['tools/bench/src/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries(true, ['../../../apps/saga-coordinator/src/*']),
      'no-restricted-imports': ['error', { patterns: [processModule] }],
    },
  },
  {
    // The document of the HTTP API is one, although the API is several apps'.
    files: ['tools/documents/src/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries(true, [
        '../../../apps/ingestion/src/*',
        '../../../apps/status-api/src/*',
        '../../../apps/status-api/src/management/*',
      ]),
    },
  },
  {
    // The launcher of nats-server is tested with the plain client.
    files: ['libs/testing/**/*.spec.ts'],
    rules: { 'no-restricted-imports': 'off' },
  },
  // Plain JavaScript is checked by TypeScript (tsconfig.json), which knows the globals.
  { files: ['**/*.mjs'], rules: { 'no-undef': 'off' } },
);
