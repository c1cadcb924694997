import { fileOf } from './form';

const TYPE = 'multipart/form-data; boundary=XX';

async function* pieces(text: string, size = 7) {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size), 'latin1');
}
const field = (name: string, value: string) =>
  `--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (filename: string, content: string, type = 'text/plain') =>
  `--XX\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
const END = '--XX--\r\n';

async function read(form: string, size?: number, type = TYPE) {
  const { name, contentType, content } = await fileOf(type, pieces(form, size));
  let text = '';
  for await (const chunk of content) text += chunk.toString('latin1');
  return { name, contentType, text };
}

it('gives the file, in whatever pieces it comes, and passes over the rest', async () => {
  const form = field('why', 'because') + file('a.txt', 'Hello\r\n--X\r\n') + field('more', 'x') + END;
  for (const size of [1, 7, 1_000])
    expect(await read(form, size)).toEqual({
      name: 'a.txt',
      contentType: 'text/plain',
      text: 'Hello\r\n--X\r\n',
    });
});

it('does not shorten the name: that is done elsewhere, for all', async () => {
  expect(await read(file('../../etc/passwd', 'x') + END)).toMatchObject({ name: '../../etc/passwd' });
});

it.each([
  ['no file', field('why', 'because') + END],
  ['two files', file('a', 'x') + file('b', 'y') + END],
  ['no end', file('a', 'x')],
  ['nothing', ''],
  ['no form', 'Hello'],
])('refuses a form with %s', async (_, form) => {
  await expect(read(form)).rejects.toMatchObject({ status: 400 });
});

it('refuses a form without a boundary', async () => {
  await expect(read(file('a', 'x') + END, 7, 'multipart/form-data')).rejects.toMatchObject({ status: 400 });
});

it('fails as the body fails', async () => {
  async function* broken() {
    yield* pieces(file('a', 'x'.repeat(100)));
    throw new Error('gone');
  }
  const { content } = await fileOf(TYPE, broken());
  const all = (async () => {
    for await (const _ of content);
  })();
  await expect(all).rejects.toThrow(/gone|breaks off/);
});

it('reads no more of the body than somebody reads of the file', async () => {
  let given = 0;
  async function* endless() {
    yield Buffer.from(file('a', '').slice(0, -2));
    for (;;) {
      given++;
      yield Buffer.alloc(65_536, 'x');
    }
  }
  const { content } = await fileOf(TYPE, endless());
  await content.next();
  await new Promise(setImmediate);
  const before = given;
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect(given).toBe(before);
  expect(given).toBeLessThan(10);
  await content.return();
});
