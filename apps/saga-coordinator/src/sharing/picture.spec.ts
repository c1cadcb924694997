import fc from 'fast-check';
import { Picture, SHARING_TIMES } from './picture';

const { say, silence, calm } = SHARING_TIMES;
const COORDINATORS = ['a', 'b', 'c', 'd', 'e'];

/** Coordinators that hear every word, and a server that gives a shard to whom it was left for. */
class World {
  now = 0;
  gifts = 0;
  readonly #pictures = new Map<string, Picture>();

  constructor(readonly shares: Map<string, number[]>) {
    for (const name of shares.keys()) this.#pictures.set(name, new Picture(SHARING_TIMES, 0));
  }

  get sizes(): number[] {
    return [...this.shares.values()].map((shards) => shards.length).sort((a, b) => a - b);
  }

  /** Everybody says what it has. @param idle these shards have no inputs: nobody has one that it was left */
  second(idle: ReadonlySet<number> = new Set()): void {
    this.now += say;
    for (const [name, picture] of this.#pictures) {
      const held = this.shares.get(name) ?? [];
      const gives = picture.giftOf(name, this.now);
      const shards = held.filter((shard) => shard !== gives?.shard);
      for (const other of this.#pictures.values()) other.hear({ name, shards, gives }, this.now);
      if (gives === undefined) continue;
      this.gifts++;
      this.shares.set(name, shards);
      if (!idle.has(gives.shard)) this.shares.get(gives.to)?.push(gives.shard);
    }
  }

  /** Long enough for one gift. */
  calm(): void {
    for (let ms = 0; ms <= calm + say; ms += say) this.second();
  }
}

/** Who has which shards: each of them is somebody's. */
const shares = fc
  .tuple(fc.integer({ min: 1, max: COORDINATORS.length }), fc.array(fc.nat(COORDINATORS.length - 1)))
  .map(([count, owners]) => {
    const names = COORDINATORS.slice(0, count);
    const shards = (name: string) =>
      owners.flatMap((owner, shard) => (COORDINATORS[owner % count] === name ? [shard] : []));
    return new Map(names.map((name) => [name, shards(name)]));
  });

describe('the picture that coordinators have of their shares', () => {
  it('leads to even shares with as few gifts as can be, wherever it begins, and to none after that', () => {
    fc.assert(
      fc.property(shares, (before) => {
        const world = new World(structuredClone(before));
        const all = [...before.values()].flat();
        const most = Math.ceil(all.length / before.size);
        const least = Math.floor(all.length / before.size);
        const surplus = [...before.values()].reduce((sum, { length }) => sum + Math.max(0, length - most), 0);
        const lacking = [...before.values()].reduce(
          (sum, { length }) => sum + Math.max(0, least - length),
          0,
        );
        for (let i = 0; i <= all.length; i++) world.calm();
        expect(Math.max(...world.sizes) - Math.min(...world.sizes)).toBeLessThan(2);
        expect([...world.shares.values()].flat().sort()).toEqual(all.sort());
        expect(world.gifts).toBe(Math.max(surplus, lacking));
      }),
    );
  });

  it('counts a shard as given although it has no inputs, so that nobody has it', () => {
    const world = new World(new Map([['a', [0, 1, 2, 3]], ['b', []]])); // prettier-ignore
    for (let i = 0; i < 40; i++) world.second(new Set([0, 1, 2, 3]));
    expect(world.gifts).toBe(2);
    expect(world.shares.get('a')).toEqual([2, 3]);
  });

  const picture = new Picture(SHARING_TIMES, 0);
  const heard = (name: string, shards: number[], now: number, more: object = {}) =>
    picture.hear({ name, shards, ...more }, now);

  it('gives nothing while somebody has just come, or given something', () => {
    heard('a', [0, 1], 0);
    heard('b', [], 1_000);
    expect(picture.giftOf('a', 1_000 + calm - 1)).toBeUndefined();
    expect(picture.giftOf('a', 1_000 + calm)).toEqual({ shard: 0, to: 'b' });
    heard('a', [1], 5_000, { gives: { shard: 0, to: 'b' } });
    heard('b', [], 5_000);
    expect(picture.giftOf('a', 5_000 + calm)).toBeUndefined(); // It is even, or will be.
  });

  it('knows of nobody who went or fell silent, nor of what was left to it', () => {
    heard('a', [0, 1], 20_000);
    heard('b', [], 20_000);
    heard('b', [], 20_500, { leaves: true });
    heard('a', [0, 1], 23_000);
    expect(picture.giftOf('a', 20_500 + calm)).toBeUndefined();
    heard('c', [], 24_000);
    heard('a', [0, 1], 24_000 + silence);
    expect(picture.giftOf('a', 24_000 + silence + 1)).toBeUndefined();
  });
});
