import type { NatsConnection } from '@nats-io/transport-node';
import { watch } from './watch';

/** A connection on which messages are published by the spec. */
class Subject {
  private listener: (() => void) | undefined;
  subscriptions = 0;

  readonly connection = {
    subscribe: (_: string, { callback }: { callback: () => void }) => {
      this.subscriptions++;
      this.listener = callback;
      return { unsubscribe: () => this.subscriptions-- };
    },
  } as unknown as NatsConnection;

  publish(): void {
    this.listener?.();
  }
}

const TIMEOUT = 10_000;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Watches for what is there from the given time on, in milliseconds; gives when it was seen, and how many looks that took. */
function watching(subject: Subject, from: number) {
  const begin = performance.now();
  let looks = 0;
  const seen = watch(
    subject.connection,
    'subject',
    () => {
      looks++;
      return Promise.resolve(performance.now() - begin >= from ? 'there' : undefined);
    },
    TIMEOUT,
  );
  return seen.then((value) => ({ value, after: performance.now() - begin, looks }));
}

it('looks at once', async () => {
  const subject = new Subject();
  expect(await watching(subject, 0)).toEqual({ value: 'there', after: 0, looks: 1 });
  expect(subject.subscriptions).toBe(0);
});

it('looks soon after a message, and again for what is stored a moment later', async () => {
  const subject = new Subject();
  const seen = watching(subject, 1_007);
  await jest.advanceTimersByTimeAsync(1_000);
  subject.publish();
  await jest.advanceTimersByTimeAsync(100);
  expect((await seen).after).toBeLessThan(1_010);
});

it('sees soon what was published before it subscribed, and was stored after its first look', async () => {
  const seen = watching(new Subject(), 5);
  await jest.advanceTimersByTimeAsync(100);
  expect(await seen).toEqual({ value: 'there', after: 50, looks: 2 });
});

it('looks ever more rarely while nothing is published, and once more at the end', async () => {
  const seen = watching(new Subject(), Infinity);
  await jest.advanceTimersByTimeAsync(TIMEOUT);
  const { value, after, looks } = await seen;
  expect([value, after]).toEqual([undefined, TIMEOUT]);
  expect(looks).toBeLessThan(12);
});
