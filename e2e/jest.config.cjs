/** Real processes, and time for the slow ones. They wait more than they work: two spec files at a time. */
module.exports = {
  ...require('../jest.preset.cjs')(__dirname),
  globalSetup: '<rootDir>/global-setup.cjs',
  maxWorkers: 2,
  // What a failed test leaves open must not hold the verdict up for ever.
  forceExit: true,
  testTimeout: 120_000,
};
