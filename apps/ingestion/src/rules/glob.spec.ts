import { globOf } from './glob';

describe('a pattern', () => {
  it.each([
    ['PROD*', 'PROD'],
    ['PROD*', 'PROD-EU'],
    ['PROD*', 'prod eu'],
    ['*', ''],
    ['*prod*', 'eu PROD\nsecond line'],
    ['a.b', 'a.b'],
    ['a*c*e', 'abcde'],
    ['(1+1)?', '(1+1)?'],
  ])('%s matches %j', (glob, text) => {
    expect(globOf(glob).test(text)).toBe(true);
  });

  it.each([
    ['PROD', 'PROD-EU'],
    ['PROD', 'PREPROD'],
    ['PROD*', 'PREPROD'],
    ['a.b', 'axb'],
    ['(1+1)?', '11'],
    ['[a-z]', 'b'],
  ])('%s does not match %j', (glob, text) => {
    expect(globOf(glob).test(text)).toBe(false);
  });
});
