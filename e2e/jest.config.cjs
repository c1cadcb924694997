/** Real processes: one spec file at a time, and time for the slow ones. */
module.exports = {
  ...require('../jest.preset.cjs')(__dirname),
  globalSetup: '<rootDir>/global-setup.cjs',
  maxWorkers: 1,
  testTimeout: 120_000,
};
