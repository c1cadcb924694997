import { Problem } from '@countersign/service';
import { preferredWait } from './preferred-wait';

describe('how long an answer may be held', () => {
  it.each([
    [undefined, undefined, { seconds: 0 }],
    ['0', undefined, { seconds: 0 }],
    ['7', undefined, { seconds: 7 }],
    ['61', undefined, { seconds: 60 }],
    ['999999999', undefined, { seconds: 60 }],
    [undefined, 'wait=10', { seconds: 10, applied: 'wait=10' }],
    [undefined, 'respond-async, WAIT = "10"; foo=bar', { seconds: 10, applied: 'wait=10' }],
    [undefined, 'wait=600', { seconds: 60, applied: 'wait=60' }],
    [undefined, 'wait=5, wait=50', { seconds: 5, applied: 'wait=5' }],
    ['3', 'wait=10', { seconds: 3 }],
  ])('wait=%s, Prefer: %s', (wait, prefer, expected) => {
    expect(preferredWait(wait, prefer)).toEqual(expected);
  });

  it.each(['', ' ', '-1', '1.5', '1e3', 'soon', '9999999999', ['1', '2'], { a: '1' }])(
    'a parameter that is no whole number is refused by name: %j',
    (wait) => {
      const refused = (() => {
        try {
          preferredWait(wait, undefined);
        } catch (error) {
          return error;
        }
        return undefined;
      })();
      expect(refused).toBeInstanceOf(Problem);
      expect((refused as Problem).getStatus()).toBe(400);
      expect((refused as Problem).more.errors).toEqual([
        { field: 'wait', message: 'must be a whole number of seconds' },
      ]);
    },
  );

  it.each(['wait', 'wait=', 'wait=soon', 'wait=-1', 'waiting=5', 'handling=strict'])(
    'a preference that makes no sense is ignored: %s',
    (prefer) => expect(preferredWait(undefined, prefer)).toEqual({ seconds: 0 }),
  );
});
