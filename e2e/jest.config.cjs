/** Real processes: one spec file at a time, and time for the slow ones. */
module.exports = {
  ...require('../jest.preset.cjs')(__dirname),
  globalSetup: '<rootDir>/global-setup.cjs',
  maxWorkers: 1,
  // What a failed test leaves open must not hold the verdict up for ever.
  forceExit: true,
  testTimeout: 120_000,
};
