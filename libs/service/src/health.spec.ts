import { Readiness } from './health';

describe('Readiness', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('waits for no part that does not answer', async () => {
    const readiness = new Readiness();
    readiness.register('quick', () => true);
    readiness.register('hangs', () => new Promise(() => undefined));
    readiness.booted();
    const reading = readiness.read();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await reading).toEqual({
      ready: false,
      parts: { service: 'running', quick: 'ready', hangs: 'no answer within 2 s' },
    });
    expect(jest.getTimerCount()).toBe(0);
  });
});
