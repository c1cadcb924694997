/** Where the command writes. */
export interface Terminal {
  /** Results. */
  out(text: string): unknown;
  /** Everything else. */
  err(text: string): unknown;
}

/** Columns as wide as what is in them, but for the last one. */
export function table(rows: readonly (readonly unknown[])[]): string {
  const texts = rows.map((row) => row.map(String));
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]!.length)));
  const lines = texts.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** One object a line, as `jq` and its like read them. */
export const json = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

/** To the second, in UTC. */
export const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Texts of others, in one line and without what would steer the terminal. */
export const oneLine = (text: string): string => printable(text).replace(/\s+/g, ' ');

/** Control characters but for line breaks and tabs are shown as what they are. */
export const printable = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
