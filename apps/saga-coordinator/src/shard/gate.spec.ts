import { Gate } from './gate';

/** Work that ends when it is told to. */
function piece() {
  let end: (error?: Error) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => (end = (error) => (error ? reject(error) : resolve())));
  return { done, end };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('lets so many run at once, the others in order as soon as one has ended, however it ended', async () => {
  const gate = new Gate(2);
  const pieces = [piece(), piece(), piece(), piece()];
  const begun: number[] = [];
  const passed = pieces.map(({ done }, index) =>
    gate.pass(async () => {
      begun.push(index);
      await done;
      return index;
    }),
  );
  await turn();
  expect(begun).toEqual([0, 1]);
  pieces[1]!.end(new Error('failed'));
  await expect(passed[1]).rejects.toThrow('failed');
  await turn();
  expect(begun).toEqual([0, 1, 2]);
  for (const { end } of pieces) end();
  expect(await Promise.all([passed[0], passed[2], passed[3]])).toEqual([0, 2, 3]);
});

it('keeps no place for what has ended', async () => {
  const gate = new Gate(1);
  for (let i = 0; i < 3; i++) expect(await gate.pass(async () => i)).toBe(i);
});
