import type { Delivery, Input } from '@countersign/workflow';
import { InHand } from './in-hand';
import { Pending, seqsOf } from './pending';

const input = (seq: number): Input => ({ seq, at: 0, body: { type: 'event', name: 'go', data: seq } });

let guarded: Pending[];
let renewed: number[];
let acknowledged: number[];
let inHand: InHand;
beforeEach(() => {
  [guarded, renewed, acknowledged] = [[], [], []];
  inHand = new InHand({
    get waiting() {
      return guarded;
    },
  });
});

function delivered(seq: number, receivedAt = 0): Pending {
  const delivery: Delivery = {
    message: { subject: 'wf.0.one.in', seq, at: 0, body: '' },
    deliveries: 1,
    firstOnSubject: false,
    ack: () => acknowledged.push(seq),
    working: () => renewed.push(seq),
  };
  return new Pending(input(seq), delivery, receivedAt);
}

/** The first so many are applied. */
function receive(seqs: readonly number[], applied = 0): void {
  for (const seq of seqs) inHand.receive(delivered(seq));
  for (let i = 0; i < applied; i++) inHand.next();
}

const applied = (): number[] => seqsOf(inHand.applied);

it('is empty when nothing is in any of the three places', () => {
  expect(inHand.isEmpty).toBe(true);
  receive([1]);
  expect(inHand.isEmpty).toBe(false);
  inHand.next();
  expect(inHand.isEmpty).toBe(false);
  guarded = inHand.takeApplied();
  expect(inHand.isEmpty).toBe(false);
  guarded = [];
  expect(inHand.isEmpty).toBe(true);
});

it('finds an input in each of the three places, and only what is in hand', () => {
  receive([1, 2], 1);
  guarded = [delivered(3)];
  expect([1, 2, 3, 4].map((seq) => inHand.find(seq)?.seq)).toEqual([1, 2, 3, undefined]);
  inHand.takeApplied();
  inHand.takeOut(({ seq }) => seq === 2);
  expect([1, 2, 3].map((seq) => inHand.find(seq)?.seq)).toEqual([undefined, undefined, 3]);
});

it('gives the inbox in the order in which it came, each once', () => {
  receive([2, 1]);
  expect([inHand.next()?.seq, inHand.next()?.seq, inHand.next()]).toEqual([2, 1, undefined]);
  expect([inHand.seqs, applied()]).toEqual([[], [2, 1]]);
  expect(seqsOf(inHand.takeApplied())).toEqual([2, 1]);
  expect(applied()).toEqual([]);
});

it('takes out of the inbox only', () => {
  receive([1, 2, 3], 1);
  expect(seqsOf(inHand.takeOut(({ seq }) => seq !== 2))).toEqual([3]);
  expect([inHand.seqs, applied()]).toEqual([[2], [1]]);
});

it('applies again what is dropped, in the order of before: what the guard held, what was applied, the inbox', () => {
  receive([2, 3, 4], 2);
  inHand.drop([delivered(1)]);
  expect([inHand.seqs, applied()]).toEqual([[1, 2, 3, 4], []]);
});

it('puts the start first, delivered or only read', () => {
  receive([7, 5]);
  const start = inHand.find(5);
  inHand.putFirst(input(5), 0);
  expect([inHand.seqs, inHand.inbox[0]]).toEqual([[5, 7], start]);
  inHand.putFirst(input(3), 0);
  expect(inHand.seqs).toEqual([3, 5, 7]);
});

it('recovers what is not in the inbox yet, in the order of the stream, and leaves what was delivered as it is', () => {
  receive([8, 4]);
  const known = inHand.find(4);
  inHand.recover([input(2), input(4), input(6)], 0);
  expect(inHand.seqs).toEqual([2, 4, 6, 8]);
  expect(inHand.find(4)).toBe(known);
});

it('renews what was not heard of for long; what the guard holds, never', () => {
  inHand.receive(delivered(1, 10));
  inHand.next();
  inHand.receive(delivered(2, 10));
  inHand.receive(delivered(3, 20));
  guarded = [delivered(4, 10)];
  inHand.renew(30, 20);
  expect(renewed).toEqual([2, 1]);
  inHand.renew(31, 21);
  expect(renewed).toEqual([2, 1, 3]);
});

it('tells how long the oldest that is applied is in hand', () => {
  expect(inHand.oldest).toBe(Infinity);
  for (const receivedAt of [20, 10, 5]) inHand.receive(delivered(receivedAt, receivedAt));
  inHand.next();
  inHand.next();
  expect(inHand.oldest).toBe(10);
});

it('acknowledges nothing', () => {
  receive([1, 2, 3], 2);
  inHand.drop([]);
  inHand.next();
  inHand.takeApplied();
  inHand.takeOut(() => true);
  expect(acknowledged).toEqual([]);
});
