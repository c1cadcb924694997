import { EventBuffer } from './event-buffer';

describe('EventBuffer', () => {
  it('gives the events of a name in their order, once', () => {
    const buffer = new EventBuffer();
    buffer.keep('x', 1);
    buffer.keep('y', 2);
    buffer.keep('x', undefined);
    expect([buffer.take('x'), buffer.has('x'), buffer.take('x'), buffer.has('x')]).toEqual([
      1,
      true,
      undefined,
      false,
    ]);
    expect(buffer.has('y')).toBe(true);
  });

  it('keeps a bounded number of one name, and of names', () => {
    const one = new EventBuffer();
    const many = new EventBuffer();
    const kept = (keep: (i: number) => boolean) =>
      Array.from({ length: 1_001 }, (_, i) => keep(i)).filter(Boolean);
    expect(kept((i) => one.keep('x', i))).toHaveLength(1_000);
    expect(kept((i) => many.keep(`x${i}`, i))).toHaveLength(1_000);
    many.take('x0');
    expect(many.keep('another', 1)).toBe(true);
  });
});
