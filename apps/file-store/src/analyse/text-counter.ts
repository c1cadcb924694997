import type { TextFacts } from '@countersign/contracts';

/** What no text has: control characters other than white space, and the one that colours begin with. */
const NO_TEXT = /[^\P{Cc}\s]/u;
const ESCAPE = '\u001B';

/** Counts a text in UTF-8 as its bytes come, in any pieces; finds out when it is none. */
export class TextCounter {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private isText = true;
  private characters = 0;
  private words = 0;
  private newLines = 0;
  /** The last character so far. */
  private last = '\n';

  add(chunk: Uint8Array): void {
    if (this.isText) this.count(() => this.decoder.decode(chunk, { stream: true }));
  }

  /** Call once, after the last byte. Undefined when it is no text in UTF-8. */
  end(): TextFacts | undefined {
    if (this.isText) this.count(() => this.decoder.decode());
    if (!this.isText) return undefined;
    const { characters, words, newLines } = this;
    return { characters, words, lines: this.last === '\n' ? newLines : newLines + 1 };
  }

  private count(decode: () => string): void {
    const text = decoded(decode);
    if (text === undefined || NO_TEXT.test(text.replaceAll(ESCAPE, ''))) this.isText = false;
    else if (text !== '') this.tally(text);
  }

  /** A piece never ends within a character: the decoder keeps what is incomplete. */
  private tally(text: string): void {
    const begun = /\S/.test(this.last) && /^\S/.test(text) ? 1 : 0;
    this.words += matches(text, /\S+/g) - begun;
    this.newLines += matches(text, /\n/g);
    this.characters += text.length - matches(text, /[\uD800-\uDBFF]/g);
    this.last = text.slice(-1);
  }
}

function decoded(decode: () => string): string | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

function matches(text: string, pattern: RegExp): number {
  let count = 0;
  for (pattern.lastIndex = 0; pattern.test(text);) count++;
  return count;
}
