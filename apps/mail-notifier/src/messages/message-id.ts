import { createHash } from 'node:crypto';

/** Hexadecimal digits of what makes an id unique: 160 bits. */
const LENGTH = 40;

/**
 * A Message-ID (RFC 5322, 3.6.4) that follows from what the message is about, so that an attempt that is
 * repeated sends the same id, by which servers and clients recognise a duplicate. Says nothing of the
 * parts that it is made of.
 *
 * @param from sender, whose domain it gets
 */
export function messageId(from: string, ...parts: readonly (string | number)[]): string {
  const domain = /@([^@\s>]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  const unique = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, LENGTH);
  return `<${unique}@${domain}>`;
}
