import fc from 'fast-check';
import type { Position, Unsaved } from '../count/tally';
import { blocksOf, completeLines, parseLine } from './blocks';

const text = fc.string({ unit: 'binary' });
const position: fc.Arbitrary<Position> = fc.oneof(
  fc.record({ rows: fc.nat(), done: fc.constant(true) }),
  fc.record({ rows: fc.nat(), done: fc.constant(false), next: text }),
);
const unsaved: fc.Arbitrary<Unsaved> = fc.record({
  values: fc.array(text),
  positions: fc.array(fc.tuple(text, position)).map((entries) => new Map(entries)),
});

async function* inChunksOf(size: number, bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readBack(bytes: Buffer, chunk: number): Promise<Unsaved> {
  const values: string[] = [];
  const positions = new Map<string, Position>();
  for await (const line of completeLines(inChunksOf(chunk, bytes))) {
    const said = parseLine(line);
    for (const value of said?.values ?? []) values.push(value);
    for (const [slice, at] of said?.positions ?? []) positions.set(slice, at);
  }
  return { values, positions };
}

it('reads back what was written, however the bytes come', async () => {
  await fc.assert(
    fc.asyncProperty(unsaved, fc.integer({ min: 1, max: 50 }), async (written, chunk) => {
      const bytes = Buffer.from([...blocksOf(written, 1_000_000)].join(''));
      expect(await readBack(bytes, chunk)).toEqual(written);
    }),
  );
});

it('begins and ends every block with a line, and keeps it within its bytes', () => {
  const values = Array.from({ length: 100_000 }, (_, i) => `één-${i}`);
  const blocks = [...blocksOf({ values, positions: new Map() }, 200_000)];
  expect(blocks.length).toBeGreaterThan(5);
  for (const block of blocks) {
    expect(Buffer.byteLength(block)).toBeLessThanOrEqual(200_000);
    expect(block.endsWith('\n')).toBe(true);
    for (const line of block.trimEnd().split('\n')) expect(parseLine(line)?.values).not.toHaveLength(0);
  }
});

it('writes values before the positions that cover them', () => {
  const positions = new Map([['a', { rows: 3, done: true }]]);
  const lines = [...blocksOf({ values: ['1', '2'], positions }, 1_000)].join('').split('\n');
  expect(lines).toEqual(['{"values":["1","2"]}', '{"slice":"a","rows":3}', '']);
});

it('has no block where there is nothing to say', () => {
  expect([...blocksOf({ values: [], positions: new Map() }, 1_000)]).toEqual([]);
});

it.each([
  '',
  'x',
  '{"values":["a"',
  '[]',
  'null',
  '{"values":[1]}',
  '{"slice":"a"}',
  '{"slice":"a","rows":1.5}',
])('does not understand the line %j', (line) => expect(parseLine(line)).toBeUndefined());

it('leaves out what has no end', async () => {
  const lines: string[] = [];
  for await (const line of completeLines(inChunksOf(3, Buffer.from('one\ntwo\nthr')))) lines.push(line);
  expect(lines).toEqual(['one', 'two']);
});
