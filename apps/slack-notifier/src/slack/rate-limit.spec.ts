import { RateLimit } from './rate-limit';

const never = new AbortController().signal;

describe('RateLimit', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setTimeout'] }));
  afterEach(() => jest.useRealTimers());

  it('lets calls through at once while Slack sets no limit', async () => {
    const limit = new RateLimit();
    await Promise.all(Array.from({ length: 100 }, () => limit.pass(never)));
  });

  it('is over once the time that Slack named has passed', async () => {
    const limit = new RateLimit();
    limit.met(30);
    jest.advanceTimersByTime(30_000);
    await limit.pass(never);
  });

  it('stops waiting when the attempt is given up', async () => {
    const limit = new RateLimit();
    limit.met(30);
    const attempt = new AbortController();
    const passed = limit.pass(attempt.signal);
    attempt.abort(new Error('given up'));
    await expect(passed).rejects.toMatchObject({ name: 'AbortError' });
    await expect(limit.pass(AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  });
});
