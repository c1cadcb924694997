/**
 * What a checkpoint looks like: lines of JSON, either new values or how far a part is read.
 *
 *     {"values":["A1","B2"]}
 *     {"slice":"2021-10-10..2021-10-11","rows":2,"next":"…"}
 *     {"slice":"2021-10-11..2021-10-12","rows":9}          (read to its end)
 *
 * The values that a position covers are in lines before it, so that every beginning of the text is a
 * correct state. Reading stops at the first line that is not understood.
 */
import type { Position, Unsaved } from '../count/tally';

/** Bytes after which a line of values ends; one value has 64 KiB at most. */
const LINE_BYTES = 64 * 1024;

/** The text of what is to be saved, in blocks of at most `most` bytes that begin and end with a line. */
export function* blocksOf(unsaved: Unsaved, most: number): Generator<string, void, undefined> {
  let block = '';
  let size = 0;
  for (const line of linesOf(unsaved)) {
    const bytes = Buffer.byteLength(line);
    if (size > 0 && size + bytes > most) {
      yield block;
      block = '';
      size = 0;
    }
    block += line;
    size += bytes;
  }
  if (size > 0) yield block;
}

function* linesOf({ values, positions }: Unsaved): Generator<string, void, undefined> {
  let line: string[] = [];
  let size = 0;
  for (const value of values) {
    line.push(value);
    size += Buffer.byteLength(value);
    if (size < LINE_BYTES) continue;
    yield `${JSON.stringify({ values: line })}\n`;
    line = [];
    size = 0;
  }
  if (line.length > 0) yield `${JSON.stringify({ values: line })}\n`;
  for (const [slice, { rows, next }] of positions) yield `${JSON.stringify({ slice, rows, next })}\n`;
}

/** What a line says; undefined when it is not understood. */
export function parseLine(line: string): Unsaved | undefined {
  const said = parseJson(line);
  if (typeof said !== 'object' || said === null) return undefined;
  if ('values' in said && Array.isArray(said.values) && said.values.every(isText))
    return { values: said.values, positions: new Map() };
  if (!('slice' in said) || !isText(said.slice) || !('rows' in said) || !Number.isSafeInteger(said.rows))
    return undefined;
  const next = 'next' in said && isText(said.next) ? said.next : undefined;
  const position: Position = {
    rows: Number(said.rows),
    done: next === undefined,
    ...(next !== undefined && { next }),
  };
  return { values: [], positions: new Map([[said.slice, position]]) };
}

const isText = (value: unknown): value is string => typeof value === 'string';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The complete lines of a stream of bytes; what is left without an end is not one. */
export async function* completeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let rest: Buffer[] = [];
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, begin)) {
      yield Buffer.concat([...rest, chunk.subarray(begin, end)]).toString();
      rest = [];
      begin = end + 1;
    }
    if (begin < chunk.length) rest.push(chunk.subarray(begin));
  }
}

const NEWLINE = 0x0a;
