import { ApiKeys, Problem } from '@countersign/service';
import { IngestionConfig } from '../config';
import { type CallerRequest, Callers } from './callers';

const callers = (more: Partial<IngestionConfig>, keys = new ApiKeys({})) =>
  new Callers(keys, Object.assign(new IngestionConfig(), more));
const request = (more: Partial<CallerRequest> = {}): CallerRequest => ({
  headers: {},
  query: {},
  socket: { remoteAddress: '127.0.0.1' },
  ...more,
});

function statusOf(act: () => unknown): number | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error.getStatus();
    throw error;
  }
  return undefined;
}

describe('a caller with a key', () => {
  it('is whom the key names, if the key is for the workflow', () => {
    const release = { id: 'function:release', name: 'release', scope: 'function' as const };
    const keys = new ApiKeys({});
    const authorize = jest.spyOn(keys, 'authorize').mockReturnValue(release);
    const from = request({ headers: { 'x-functions-key': 'k' } });
    expect(callers({ allowAnonymousStarts: true }, keys).identify(from, 'NotifyOnTask')).toEqual(release);
    expect(authorize).toHaveBeenCalledWith(from, { scope: 'function', workflow: 'NotifyOnTask' });
  });

  it.each<[string, Partial<CallerRequest>]>([
    ['wrong', { headers: { 'x-functions-key': 'wrong' } }],
    ['empty', { query: { code: '' } }],
  ])('is refused when the key is %s, even where anonymous callers are welcome', (_, from) => {
    const open = callers({ allowAnonymousStarts: true });
    expect(statusOf(() => open.identify(request(from), 'NotifyOnTask'))).toBe(401);
  });
});

describe('a caller without a key', () => {
  const open = callers({ allowAnonymousStarts: true });
  const from = (remoteAddress: string | undefined, headers: CallerRequest['headers'] = {}) =>
    request({ headers, socket: { remoteAddress } });
  const identify = (request: CallerRequest) => open.identify(request, 'NotifyOnTask').id;

  it.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('is anonymous from %s', (address) => {
    expect(identify(from(address))).toBe('anonymous');
  });

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '', undefined])('is refused from %s', (address) => {
    expect(statusOf(() => identify(from(address)))).toBe(401);
  });

  it('is refused behind a local proxy that forwards for another machine', () => {
    expect(statusOf(() => identify(from('::1', { 'x-forwarded-for': '127.0.0.1, 203.0.113.9' })))).toBe(401);
    expect(statusOf(() => identify(from('::1', { forwarded: 'for=127.0.0.1' })))).toBe(401);
    expect(identify(from('::1', { 'x-forwarded-for': '127.0.0.1' }))).toBe('anonymous');
  });

  it('is refused where anonymous starts are off', () => {
    expect(statusOf(() => callers({}).identify(request(), 'NotifyOnTask'))).toBe(401);
  });
});
