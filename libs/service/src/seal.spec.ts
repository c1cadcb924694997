import { randomBytes } from 'node:crypto';
import { seal, unseal } from './seal';

const newKey = () => randomBytes(32).toString('base64');

describe('seal', () => {
  it('gives back what was sealed, with the same key', () => {
    const key = newKey();
    expect(unseal(seal('Grüße 👋', key), key)).toBe('Grüße 👋');
    expect(unseal(seal('', key), key)).toBe('');
  });

  it('writes the same text differently each time, and never in the clear', () => {
    const key = newKey();
    const [one, two] = [seal('secret', key), seal('secret', key)];
    expect(one).not.toBe(two);
    expect(one).toMatch(/^v1\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(one.slice(3), 'base64url').includes('secret')).toBe(false);
  });

  it('says what to do when the key is another one', () => {
    expect(() => unseal(seal('secret', newKey()), newKey())).toThrow(
      expect.objectContaining({ code: 'SealBroken', message: expect.stringContaining('same TOKEN_KEY') }),
    );
  });

  it('notices every altered byte', () => {
    const key = newKey();
    const data = Buffer.from(seal('secret', key).slice(3), 'base64url');
    for (let i = 0; i < data.length; i++) {
      const altered = Buffer.from(data);
      altered[i] = (altered[i] ?? 0) ^ 1;
      expect(() => unseal(`v1.${altered.toString('base64url')}`, key)).toThrow('altered');
    }
  });

  it.each(['', 'v1.', 'v1.AAAA', 'v2.AAAA', 'plain text'])('refuses %j, which nobody sealed', (text) => {
    expect(() => unseal(text, newKey())).toThrow('not a sealed text');
  });

  it.each([
    '',
    'short',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    'x'.repeat(44),
  ])('refuses %j as a key without repeating it', (key) => {
    expect(() => seal('text', key)).toThrow('A sealing key must be 32 bytes in base64.');
  });
});
