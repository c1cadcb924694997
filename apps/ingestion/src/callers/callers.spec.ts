import { createHash } from 'node:crypto';
import { Problem } from '@countersign/service';
import { IngestionConfig } from '../config';
import { type CallerRequest, Callers } from './callers';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const callers = (more: Partial<IngestionConfig>) => new Callers(Object.assign(new IngestionConfig(), more));
const request = (more: Partial<CallerRequest> = {}): CallerRequest => ({
  headers: {},
  query: {},
  socket: { remoteAddress: '127.0.0.1' },
  ...more,
});

function statusOf(act: () => string): number | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error.getStatus();
    throw error;
  }
  return undefined;
}

describe('a caller with a key', () => {
  const withKeys = callers({ functionKeys: `${sha256('old')},${sha256('new')}` });

  it.each([
    ['in x-functions-key', request({ headers: { 'x-functions-key': 'new' } })],
    ['in the code query parameter', request({ query: { code: 'new' } })],
    ['as a bearer token', request({ headers: { authorization: 'Bearer new' } })],
  ])('is known by its hash when the key comes %s', (_, from) => {
    expect(withKeys.identify(from)).toBe(sha256('new'));
  });

  it('may use any of several keys, so that keys can be rotated', () => {
    expect(withKeys.identify(request({ headers: { 'x-functions-key': 'old' } }))).toBe(sha256('old'));
  });

  it.each([
    ['wrong', 'wrong'],
    ['empty', ''],
    ['the hash of a key', sha256('new')],
  ])('is refused when the key is %s, even where anonymous callers are welcome', (_, key) => {
    const open = callers({ functionKeys: sha256('new'), allowAnonymousStarts: true });
    expect(statusOf(() => open.identify(request({ headers: { 'x-functions-key': key } })))).toBe(401);
  });
});

describe('a caller without a key', () => {
  const open = callers({ allowAnonymousStarts: true });
  const from = (remoteAddress: string | undefined, headers: CallerRequest['headers'] = {}) =>
    request({ headers, socket: { remoteAddress } });

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('is anonymous from %s', (address) => {
    expect(open.identify(from(address))).toBe('anonymous');
  });

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '', undefined])('is refused from %s', (address) => {
    expect(statusOf(() => open.identify(from(address)))).toBe(401);
  });

  it('is refused behind a local proxy that forwards for another machine', () => {
    expect(statusOf(() => open.identify(from('::1', { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' })))).toBe(
      401,
    );
    expect(statusOf(() => open.identify(from('::1', { forwarded: 'for=127.0.0.1' })))).toBe(401);
    expect(open.identify(from('::1', { 'x-forwarded-for': '127.0.0.1' }))).toBe('anonymous');
  });

  it('is refused where anonymous starts are off, keys or no keys', () => {
    expect(statusOf(() => callers({}).identify(request()))).toBe(401);
    expect(statusOf(() => callers({ functionKeys: sha256('k') }).identify(request()))).toBe(401);
  });
});
