/** Fast, stable, not cryptographic: tells different arguments apart and derives uuids. */
const { imul } = Math;

/** Two 32-bit halves of a 64-bit hash of a text (two multiply-and-mix lanes with different constants). */
function lanes(text: string, seed: number): [number, number] {
  let a = 0x9e3779b1 ^ seed;
  let b = 0x85ebca6b ^ seed;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = imul(a ^ code, 0xcc9e2d51);
    a ^= a >>> 15;
    b = imul(b ^ code, 0x1b873593);
    b ^= b >>> 13;
  }
  a = imul(a ^ (a >>> 16), 0x7feb352d) ^ imul(b ^ (b >>> 13), 0x846ca68b);
  b = imul(b ^ (b >>> 16), 0x2c1b3c6d) ^ imul(a ^ (a >>> 13), 0x297a2d39);
  return [a >>> 0, b >>> 0];
}

const hex = (half: number): string => half.toString(16).padStart(8, '0');

/** 16 hexadecimal digits. */
export function hashText(text: string): string {
  const [a, b] = lanes(text, 0);
  return hex(a) + hex(b);
}

/** A UUID of version 8 (RFC 9562: custom content) that derives from a text. */
export function uuidOf(text: string): string {
  const [a, b] = lanes(text, 1);
  const [c, d] = lanes(text, 2);
  const digits = hex(a) + hex(b) + hex(c) + hex(d);
  const variant = ((Number.parseInt(digits[16]!, 16) & 3) | 8).toString(16);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/** From 0 up to, but not including, 1; derives from a text. */
export function fractionOf(text: string): number {
  const [a, b] = lanes(text, 3);
  return ((a >>> 5) * 0x4000000 + (b >>> 6)) / 0x20000000000000;
}
