import { etagOf, knownVersions } from './etag';

describe('what a client knows already', () => {
  it.each([
    [etagOf(7), 7],
    ['W/"7"', 7],
    ['"3", W/"7" , "5"', 7],
    ['"0"', 0],
  ])('If-None-Match: %s holds step %d', (header, seq) => {
    expect(knownVersions(header).has(seq)).toBe(true);
    expect(knownVersions(header).newest).toBe(seq);
  });

  it('is every state for *', () => {
    expect(knownVersions('*').has(12)).toBe(true);
    expect(knownVersions('*').newest).toBe(0);
  });

  it.each([undefined, '', '7', '"x"', '"-7"', '"7', '"99999999999999999999"'])(
    'is nothing for %s',
    (header) => {
      expect(knownVersions(header).has(7)).toBe(false);
      expect(knownVersions(header).newest).toBe(0);
    },
  );
});
