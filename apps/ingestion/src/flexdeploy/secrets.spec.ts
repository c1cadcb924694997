import crypto from 'node:crypto';
import { isSecret } from './secrets';

const OLD = 'an old secret of both';
const NEW = 'a new secret of both';

afterEach(() => jest.restoreAllMocks());

describe('a shared secret', () => {
  it('is the one of the setting, or any of several while it is changed', () => {
    expect(isSecret(OLD, OLD)).toBe(true);
    expect([OLD, NEW].map((secret) => isSecret(` ${OLD} , ${NEW} `, secret))).toEqual([true, true]);
  });

  it.each(['', OLD.slice(0, -1), `${OLD} `, OLD.toUpperCase(), `${OLD},${NEW}`, ','])(
    'is not %j',
    (presented) => {
      expect(isSecret(`${OLD},${NEW}`, presented)).toBe(false);
    },
  );

  it('is compared with every one that there is, wherever it matches, in constant time', () => {
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    for (const presented of [OLD, NEW, 'x']) {
      compare.mockClear();
      isSecret(`${OLD},${NEW}`, presented);
      expect(compare).toHaveBeenCalledTimes(2);
    }
  });
});
