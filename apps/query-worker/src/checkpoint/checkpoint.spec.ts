/** Workers that read, save, fail, die and overlap in every order: what a checkpoint says is always right. */
import fc from 'fast-check';
import { Tally } from '../count/tally';
import { slicesOf } from '../count/slices';
import { parseLine } from './blocks';
import { Checkpoint } from './checkpoint';

const slices = slicesOf('2021-10-10', '2021-10-12');
const live = new AbortController().signal;

/** The pages of each part; a page is its values. */
type Table = readonly (readonly (readonly string[])[])[];

const value = fc.integer({ min: 0, max: 60 }).map(String);
const table: fc.Arbitrary<Table> = fc.array(
  fc.array(fc.array(value, { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
  { minLength: slices.length, maxLength: slices.length },
);

/** What becomes of an append: it arrives, arrives without an answer, or does not arrive. */
const fates = ['arrives', 'answer lost', 'lost'] as const;
const worker = fc.nat({ max: 2 });
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      worker,
      slice: fc.nat({ max: slices.length - 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('save' as const), worker, fate: fc.constantFrom(...fates) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const), worker }) },
);

/** A blob in memory. */
class Blob {
  exists = false;
  readonly blocks: string[] = [];
  fate: (typeof fates)[number] = 'arrives';

  async create(): Promise<boolean> {
    const made = !this.exists;
    this.exists = true;
    return made;
  }

  async append(_: string, block: string): Promise<boolean> {
    if (!this.exists) return false;
    if (this.fate !== 'lost') this.blocks.push(block);
    if (this.fate !== 'arrives') throw new Error('no answer');
    return true;
  }

  async *read(): AsyncGenerator<Buffer, void, undefined> {
    yield Buffer.from(this.blocks.join(''));
  }

  holding(lines: readonly string[]): Blob {
    const blob = new Blob();
    blob.exists = true;
    blob.blocks.push(...lines.map((line) => `${line}\n`));
    return blob;
  }
}

async function newWorker(blob: Blob) {
  const tally = new Tally(slices);
  const checkpoint = new Checkpoint(blob, 'checkpoint');
  await checkpoint.recall(tally, live);
  return { tally, checkpoint };
}

/** Reads the next page of a part. */
function read(pages: Table, tally: Tally, index: number): void {
  const slice = slices[index]!;
  const { done, next } = tally.positionOf(slice);
  if (done) return;
  const at = Number(next ?? 0);
  const values = pages[index]![at]!;
  const last = at === pages[index]!.length - 1;
  tally.add(slice, { values, rows: values.length, ...(!last && { next: String(at + 1) }) });
}

/** What is left to read, and then the number. */
function finish(pages: Table, tally: Tally): number {
  for (const [index, slice] of slices.entries())
    while (!tally.positionOf(slice).done) read(pages, tally, index);
  return tally.distinct;
}

it('gives every successor the right number from every beginning of the blob', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.array(action, { minLength: 10, maxLength: 60 }), async (pages, actions) => {
      const expected = new Set(pages.flat(2)).size;
      const rows = pages.flat(2).length;
      const blob = new Blob();
      const workers = await Promise.all([newWorker(blob), newWorker(blob), newWorker(blob)]);
      for (const act of actions) {
        const { tally, checkpoint } = workers[act.worker]!;
        if (act.do === 'read') read(pages, tally, act.slice);
        if (act.do === 'die') workers[act.worker] = await newWorker(blob);
        if (act.do === 'save') {
          blob.fate = act.fate;
          await checkpoint.save(tally, live).catch(() => undefined);
        }
      }
      blob.fate = 'arrives';
      const lines = blob.blocks.join('').split('\n').slice(0, -1);
      for (let length = 0; length <= lines.length; length++) {
        const { tally } = await newWorker(blob.holding(lines.slice(0, length)));
        expect(finish(pages, tally)).toBe(expected);
        expect(tally.progress).toMatchObject({ rows, partitionsDone: slices.length });
      }
      for (const { tally } of workers) expect(finish(pages, tally)).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

it('lets a successor read on where the last save was, and nothing before it', async () => {
  const pages: Table = [[['a'], ['b']], [['a'], ['c']], [['d']]];
  const blob = new Blob();
  const first = await newWorker(blob);
  read(pages, first.tally, 0);
  read(pages, first.tally, 1);
  read(pages, first.tally, 1);
  await first.checkpoint.save(first.tally, live);
  read(pages, first.tally, 2);

  const { tally } = await newWorker(blob);
  expect(slices.map((slice) => tally.positionOf(slice))).toEqual([
    { rows: 1, done: false, next: '1' },
    { rows: 2, done: true },
    { rows: 0, done: false },
  ]);
  expect(tally.distinct).toBe(2);
});

it('appends only what is new, and nothing when nothing is', async () => {
  const pages: Table = [[['a'], ['a', 'b']], [[]], [[]]];
  const blob = new Blob();
  const { tally, checkpoint } = await newWorker(blob);
  read(pages, tally, 0);
  await checkpoint.save(tally, live);
  await checkpoint.save(tally, live);
  expect(blob.blocks).toHaveLength(1);
  read(pages, tally, 0);
  await checkpoint.save(tally, live);
  expect(parseLine(blob.blocks[1]!.split('\n')[0]!)?.values).toEqual(['b']);
});

it('that is gone stops the query, so that it can be tried again', async () => {
  const blob = new Blob();
  const { tally, checkpoint } = await newWorker(blob);
  read([[['a']], [[]], [[]]], tally, 0);
  blob.exists = false;
  await expect(checkpoint.save(tally, live)).rejects.toMatchObject({
    code: 'CheckpointGone',
    retryable: true,
  });
});

it('believes nothing behind a line that it does not understand', async () => {
  const line = (slice: number, rows: number) => JSON.stringify({ slice: slices[slice]!.name, rows });
  const { tally } = await newWorker(
    new Blob().holding(['{"values":["a"]}', line(0, 1), '{"valu', line(1, 1)]),
  );
  expect(tally.progress).toMatchObject({ partitionsDone: 1, distinct: 1 });
});

it('takes no notice of parts that today nobody makes: they are read again', async () => {
  const { tally } = await newWorker(
    new Blob().holding(['{"values":["a"]}', '{"slice":"2021-10..2021-11","rows":9}']),
  );
  expect(tally.progress).toEqual({ partitions: 3, partitionsDone: 0, rows: 0, distinct: 1 });
});

it('takes the further one of two positions that workers which overlapped have left', async () => {
  const line = (rows: number, next?: string) => JSON.stringify({ slice: slices[0]!.name, rows, next });
  const behind = await newWorker(new Blob().holding([line(5, 'far'), line(3, 'near')]));
  expect(behind.tally.positionOf(slices[0]!)).toEqual({ rows: 5, done: false, next: 'far' });
  const done = await newWorker(new Blob().holding([line(5), line(3, 'near')]));
  expect(done.tally.positionOf(slices[0]!)).toEqual({ rows: 5, done: true });
});
