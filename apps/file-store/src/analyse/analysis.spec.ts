import { createHash } from 'node:crypto';
import { png } from '../testing/images';
import { Analysis } from './analysis';
import { HEAD_BYTES } from './content';

async function factsOf(bytes: Buffer, piece = 65_536) {
  const analysis = new Analysis();
  for (let at = 0; at < bytes.length; at += piece) analysis.add(bytes.subarray(at, at + piece));
  return analysis.end();
}
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

it('a text has its counts', async () => {
  const bytes = Buffer.from('Hello, world.\nHow are you?\n');
  expect(await factsOf(bytes, 3)).toEqual({
    size: 27,
    sha256: sha256(bytes),
    detectedType: 'text/plain',
    text: { characters: 27, words: 5, lines: 2 },
  });
});

it('an image has its width and height, and is no text', async () => {
  const bytes = png(31, 17);
  expect(await factsOf(bytes)).toEqual({
    size: bytes.length,
    sha256: sha256(bytes),
    detectedType: 'image/png',
    image: { width: 31, height: 17 },
  });
});

it('a GIF and a JPEG are told by their bytes', async () => {
  const gif = Buffer.from('R0lGODlhAgADAIAAAAAAAP///yH5BAAAAAAALAAAAAACAAMAAAICRF4AOw==', 'base64');
  expect(await factsOf(gif)).toMatchObject({ detectedType: 'image/gif', image: { width: 2, height: 3 } });
  const jpeg = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0000b08000500070101110000', 'hex');
  expect(await factsOf(jpeg)).toMatchObject({ detectedType: 'image/jpeg', image: { width: 7, height: 5 } });
});

it('an image that breaks off is an image without a size', async () => {
  const { detectedType, image } = await factsOf(png(31, 17).subarray(0, 20));
  expect([detectedType, image]).toEqual(['image/png', undefined]);
});

it('XML is text, a PDF is not, even where it could be read as one', async () => {
  const xml = await factsOf(Buffer.from('<?xml version="1.0"?>\n<a>b</a>\n'));
  expect(xml).toMatchObject({ detectedType: 'application/xml', text: { lines: 2 } });
  const pdf = await factsOf(Buffer.from('%PDF-1.7\n% all of this is ASCII\n'));
  expect([pdf.detectedType, pdf.text]).toEqual(['application/pdf', undefined]);
});

it('what nobody knows is bytes', async () => {
  expect(await factsOf(Buffer.from([1, 2, 3, 254]))).toMatchObject({
    size: 4,
    detectedType: 'application/octet-stream',
  });
});

it('a text is looked at to its last byte', async () => {
  const long = Buffer.alloc(HEAD_BYTES + 10, 'a ');
  expect(await factsOf(long)).toMatchObject({ detectedType: 'text/plain', text: { words: long.length / 2 } });
  long[long.length - 1] = 0xff;
  expect(await factsOf(long)).toMatchObject({ detectedType: 'application/octet-stream' });
});
