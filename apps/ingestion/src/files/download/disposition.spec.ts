import { attachment } from './disposition';

it.each([
  ['report.txt', `attachment; filename="report.txt"; filename*=UTF-8''report.txt`],
  [
    'a "b" \\ 50%.txt',
    `attachment; filename="a _b_ _ 50_.txt"; filename*=UTF-8''a%20%22b%22%20%5C%2050%25.txt`,
  ],
  ["漢's (1).png", `attachment; filename="_'s (1).png"; filename*=UTF-8''%E6%BC%A2%27s%20%281%29.png`],
])('%j is saved as %j', (name, header) => {
  expect(attachment(name)).toBe(header);
});
