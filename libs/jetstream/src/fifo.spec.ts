import { Fifo } from './fifo';

describe('Fifo', () => {
  it('gives back what was put in, in that order, however puts and takes alternate', () => {
    const fifo = new Fifo<number>();
    const taken: number[] = [];
    for (let i = 0; i < 1000; i++) {
      fifo.push(i);
      if (i % 3 === 0) taken.push(fifo.shift()!);
    }
    expect(fifo.size).toBe(1000 - taken.length);
    expect(fifo.peek()).toBe(taken.length);
    while (fifo.size > 0) taken.push(fifo.shift()!);
    expect(taken).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(fifo.shift()).toBeUndefined();
    expect(fifo.peek()).toBeUndefined();
  });
});
