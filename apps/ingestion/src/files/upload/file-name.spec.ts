import { cleanFileName } from './file-name';

it.each([
  ['report.txt', 'report.txt'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\boot.ini', 'boot.ini'],
  ['C:\\x\\y.txt', 'y.txt'],
  ['C:y.txt', 'y.txt'],
  ['/var/x/', undefined],
  ['a\0b.txt', 'ab.txt'],
  ['a\r\nSet-Cookie: x\t.txt', 'aSet-Cookie: x.txt'],
  ['invoice\u202Efdp.exe', 'invoicefdp.exe'],
  ['..\u202E/..', undefined],
  ['.\u0000.', undefined],
  ['\u2066x\u2069\uFEFF.md', 'x.md'],
  ['a\u2028b', 'ab'],
  ['.', undefined],
  ['..', undefined],
  ['...', undefined],
  ['', undefined],
  ['   ', undefined],
  ['\u0007', undefined],
  ['  spaced out .txt ', 'spaced out .txt'],
  ['.env', '.env'],
  ['Grüße 漢字 👩‍🚀.png', 'Grüße 漢字 👩‍🚀.png'],
  ['half\uD83D.txt', 'half\uFFFD.txt'],
  ['a"b\';<c>|*?.txt', 'a"b\';<c>|*?.txt'],
])('%j becomes %j', (given, name) => {
  expect(cleanFileName(given)).toBe(name);
});

it('a name of thousands of characters keeps its beginning and its end', () => {
  expect(cleanFileName(`${'x'.repeat(5_000)}.tar.gz`)).toBe(`${'x'.repeat(248)}.tar.gz`);
  expect(cleanFileName('y'.repeat(5_000))).toBe('y'.repeat(255));
  const pairs = cleanFileName(`a${'😀'.repeat(2_000)}.png`) ?? '';
  expect(pairs.isWellFormed() && pairs.length <= 255 && pairs.endsWith('😀.png')).toBe(true);
});
