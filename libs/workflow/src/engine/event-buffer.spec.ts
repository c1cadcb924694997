import { EventBuffer, type KeptEvent } from './event-buffer';

const event = (name: string, data: number | null, seq = 1): KeptEvent => ({
  seq,
  body: { type: 'event', name, data },
  at: 0,
});

describe('EventBuffer', () => {
  it('gives the events of a name in their order, once', () => {
    const buffer = new EventBuffer();
    buffer.keep(event('x', 1));
    buffer.keep(event('y', 2));
    buffer.keep(event('x', null));
    const taken = () => buffer.take('x')?.body.data;
    expect([taken(), taken(), taken()]).toEqual([1, null, undefined]);
    expect(buffer.take('y')).toEqual(event('y', 2));
  });

  it('gives everything in the order in which it came', () => {
    const buffer = new EventBuffer();
    const events = [event('x', 1, 1), event('y', 2, 2), event('x', 3, 3)];
    for (const kept of events) buffer.keep(kept);
    expect(buffer.all()).toEqual(events);
  });

  it('keeps a bounded number of one name, and of names', () => {
    const one = new EventBuffer();
    const many = new EventBuffer();
    const kept = (keep: (i: number) => boolean) =>
      Array.from({ length: 1_001 }, (_, i) => keep(i)).filter(Boolean);
    expect(kept((i) => one.keep(event('x', i)))).toHaveLength(1_000);
    expect(kept((i) => many.keep(event(`x${i}`, i)))).toHaveLength(1_000);
    many.take('x0');
    expect(many.keep(event('another', 1))).toBe(true);
  });
});
