module.exports = {
  ...require('../jest.preset.cjs')(__dirname),
  testMatch: ['<rootDir>/{*,!(bench|documents)/**/*}.spec.ts'],
};
