import { isInstalled } from './install.mjs';

const locked = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '1.2.3' },
  'node_modules/only-for-macs': { version: '2.0.0', optional: true },
};

it('is satisfied with the packages of the lock file, those for other platforms left out', () => {
  expect(isInstalled(locked, { 'node_modules/a': { version: '1.2.3' } })).toBe(true);
});

it.each([
  ['nothing is installed', {}],
  ['a package is older', { 'node_modules/a': { version: '1.2.2' } }],
  [
    'an optional package is older',
    { 'node_modules/a': { version: '1.2.3' }, 'node_modules/only-for-macs': { version: '1.0.0' } },
  ],
])('wants an installation when %s', (_, installed) => {
  expect(isInstalled(locked, installed)).toBe(false);
});
