/** The two ways in which a file is sent: as the body itself, or as a part of a form. */
import type { IncomingHttpHeaders } from 'node:http';
import { MAX_FILE_BYTES } from '@countersign/contracts';
import { Problem } from '@countersign/service';
import { cleanFileName } from './file-name';
import { fileOf } from './form';
import { tooLarge } from './too-large';

/** What a form may have beside its file, in bytes. */
const MAX_FORM = 256 * 1024;

export interface SentFile {
  readonly name: string;
  readonly contentType: string;
  readonly content: AsyncGenerator<Buffer, void, undefined>;
  /** Bytes that there should be, where that was said. */
  readonly length?: number;
}

const MAX_TYPE = 255;
/** RFC 9110, section 8.3.1, with parameters of any kind. */
const MEDIA_TYPE = /^[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+\s*(;[\x20-\x7E]*)?$/;
/** What clients send who say nothing of the type. */
const FORM = /^application\/x-www-form-urlencoded\b/i;

/**
 * @param query the `name` of the query
 * @throws Problem 400 without a usable name, or for a form that is none; 415 without a usable type, 413 when it says that it is too large
 */
export async function sentFile(
  headers: IncomingHttpHeaders,
  query: unknown,
  body: AsyncGenerator<Buffer, void, undefined>,
): Promise<SentFile> {
  const type = headers['content-type']?.trim() ?? '';
  const announced = Number(headers['content-length'] ?? 0);
  if (/^multipart\/form-data\b/i.test(type)) {
    if (announced > MAX_FILE_BYTES + MAX_FORM) throw tooLarge();
    const { name, contentType, content } = await fileOf(type, body);
    return { name: nameOf(query, name), contentType: typeOf(contentType), content };
  }
  if (announced > MAX_FILE_BYTES) throw tooLarge();
  const name = nameOf(
    query,
    dispositionName(headers['content-disposition']),
    headerName(headers['x-file-name']),
  );
  const length = headers['content-length'] === undefined ? {} : { length: announced };
  return { name, contentType: typeOf(type), content: body, ...length };
}

function typeOf(type: string): string {
  if (type === '') throw unsupported('Say what the file is with Content-Type.');
  if (FORM.test(type) || /^multipart\//i.test(type))
    throw unsupported(
      `A file is not ${type.slice(0, 100)}. Say what it is with Content-Type, or send it as multipart/form-data.`,
    );
  if (type.length > MAX_TYPE || !MEDIA_TYPE.test(type))
    throw unsupported('The Content-Type is no media type, such as text/plain.');
  return type;
}

const unsupported = (detail: string) => new Problem(415, detail);

/** The first one that names a file; what is given in the query goes first. */
function nameOf(...given: readonly unknown[]): string {
  const names = given.filter((name): name is string => typeof name === 'string' && name !== '');
  const name = names.length > 0 ? cleanFileName(names[0] ?? '') : undefined;
  if (name !== undefined) return name;
  const message = names.length === 0 ? 'is missing' : 'names no file';
  throw new Problem(400, `The name of the file ${message}: give it as ?name=report.txt.`, {
    errors: [{ field: 'name', message }],
  });
}

/** RFC 6266: the encoded form wins. */
function dispositionName(header: string | undefined): string | undefined {
  const encoded = /\bfilename\*\s*=\s*utf-8'[^']*'([^;\s]+)/i.exec(header ?? '')?.[1];
  if (encoded !== undefined) return decoded(encoded);
  const [, quoted, bare] = /\bfilename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(header ?? '') ?? [];
  return utf8(quoted?.replace(/\\(["\\])/g, '$1') ?? bare);
}

const headerName = (header: string | string[] | undefined): string | undefined =>
  decoded(utf8(Array.isArray(header) ? header[0] : header));

/** Node reads headers as Latin-1; clients send UTF-8. */
const utf8 = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Buffer.from(text, 'latin1').toString('utf8');

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text;
  }
}
