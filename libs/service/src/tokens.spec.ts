import { createHash } from 'node:crypto';
import { hashToken, instanceOfToken, makeToken } from './tokens';

const SECRET = 'A'.repeat(43);
const named = (name: string | Uint8Array) => `${SECRET}.${Buffer.from(name).toString('base64url')}`;

describe('approval tokens', () => {
  it.each(['order-1', 'Grüße 👋', 'a.b', 'x'.repeat(256)])('name the instance %j', (id) => {
    expect(instanceOfToken(makeToken(id))).toBe(id);
  });

  it('are random: no two are alike', () => {
    expect(new Set(Array.from({ length: 1000 }, () => makeToken('same'))).size).toBe(1000);
    expect(makeToken('same')).toMatch(/^[A-Za-z0-9_-]{43}\.c2FtZQ$/);
  });

  it('are known by the SHA-256 of their whole text', () => {
    const token = makeToken('order-1');
    expect(hashToken(token)).toBe(createHash('sha256').update(token).digest('hex'));
    expect(hashToken(token)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['nothing', ''],
    ['no separator', SECRET],
    ['two separators', `${named('a')}.`],
    ['no instance', `${SECRET}.`],
    ['a short secret', `${'A'.repeat(42)}.YQ`],
    ['a long secret', `${'A'.repeat(44)}.YQ`],
    ['another spelling of a secret', `${'A'.repeat(42)}B.YQ`],
    ['another spelling of an instance', `${SECRET}.YR`],
    ['padding', `${SECRET}.YQ==`],
    ['the other base64 alphabet', `${SECRET}.Pz8/`],
    ['white space', ` ${named('a')}`],
    ['an id that no instance can have', named('a/b')],
    ['an id that is too long', named('x'.repeat(257))],
    ['bytes that are no UTF-8', named(Uint8Array.of(0xff, 0xfe))],
  ])('are not made of %s', (_what, text) => {
    expect(instanceOfToken(text)).toBeUndefined();
  });
});
