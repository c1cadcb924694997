import { blocksOf } from './blocks';
import { allOf } from './testing/all-of';

async function* chunks(...sizes: number[]) {
  let next = 0;
  for (const size of sizes) yield Uint8Array.from({ length: size }, () => next++ % 251);
}
const blocks = async (...sizes: number[]) => allOf(blocksOf(chunks(...sizes), 4));

it.each([
  [[], []],
  [[0, 0], []],
  [[3], [3]],
  [[4], [4]],
  [
    [1, 1, 1, 1, 1],
    [4, 1],
  ],
  [[9], [4, 4, 1]],
  [
    [3, 6, 0, 3],
    [4, 4, 4],
  ],
])('chunks of %j bytes become blocks of %j', async (sizes, expected) => {
  expect((await blocks(...sizes)).map((block) => block.length)).toEqual(expected);
});

it('no byte is lost, doubled or moved', async () => {
  const content = Buffer.concat(await allOf(chunks(7, 1, 13, 2)));
  expect(Buffer.concat(await blocks(7, 1, 13, 2))).toEqual(content);
});
