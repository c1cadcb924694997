import { TextCounter } from './text-counter';

function counted(bytes: Uint8Array, piece = bytes.length) {
  const counter = new TextCounter();
  for (let at = 0; at < bytes.length; at += piece) counter.add(bytes.subarray(at, at + piece));
  return counter.end();
}
const of = (text: string, piece?: number) => counted(Buffer.from(text), piece);

it.each([
  ['one', { characters: 3, words: 1, lines: 1 }],
  ['one\n', { characters: 4, words: 1, lines: 1 }],
  ['one\ntwo', { characters: 7, words: 2, lines: 2 }],
  ['\n\n', { characters: 2, words: 0, lines: 2 }],
  [' one\t two \r\n three', { characters: 18, words: 3, lines: 2 }],
  ['Größe 漢字 😀👍🏽', { characters: 12, words: 3, lines: 1 }],
  ['\u001B[31mred\u001B[0m', { characters: 12, words: 1, lines: 1 }],
])('%j has %j, in whatever pieces it comes', (text, facts) => {
  for (let piece = 1; piece <= Buffer.byteLength(text); piece++) expect(of(text, piece)).toEqual(facts);
});

it('a mark of the byte order is no character', () => {
  expect(of('\uFEFFab', 1)).toMatchObject({ characters: 2 });
});

it.each([
  ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0x62])],
  ['a character that breaks off', Buffer.from('aé').subarray(0, 2)],
  ['zeros', Buffer.from('a\0b')],
  ['control characters', Buffer.from('a\u0007b')],
])('%s are no text', (_, bytes) => {
  for (let piece = 1; piece <= bytes.length; piece++) expect(counted(bytes, piece)).toBeUndefined();
});
