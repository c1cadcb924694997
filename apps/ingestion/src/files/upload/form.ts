import { once } from 'node:events';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { Problem } from '@countersign/service';

const LIMITS = { files: 1, fields: 20, fieldSize: 8 * 1024, fieldNameSize: 200, parts: 21, headerPairs: 50 };

/** The file of a form (RFC 7578), while the form is still coming. */
export interface FilePart {
  readonly name: string | undefined;
  readonly contentType: string;
  /** Ends without an error only if the rest of the form is as it should be. To be read, or returned. */
  readonly content: AsyncGenerator<Buffer, void, undefined>;
}

/**
 * The one file of a form; other fields are passed over.
 *
 * @param type with its boundary
 * @throws Problem 400 for what is no such form, here or while the content is read
 */
export async function fileOf(type: string, body: AsyncIterable<Buffer>): Promise<FilePart> {
  const form = formOf(type);
  const gone = new AbortController();
  const part = Promise.withResolvers<FilePart>();
  let isCrowded = false;
  const end = feed(form, body, gone.signal);
  form.on('filesLimit', () => (isCrowded = true));
  form.on('file', (_field, stream, filename: string | undefined, _encoding, contentType) => {
    end.catch((error: Error) => stream.destroy(error));
    const content = (async function* () {
      try {
        for await (const chunk of stream) yield chunk as Buffer;
        await end;
        if (isCrowded) throw wrong('it has more than one file');
      } catch (error) {
        throw error instanceof Problem ? error : wrong('it breaks off', error);
      } finally {
        gone.abort();
        form.destroy();
      }
    })();
    part.resolve({ name: filename, contentType, content });
  });
  end.then(() => part.reject(wrong('it has no file')), part.reject);
  return part.promise;
}

function formOf(contentType: string): BusboyInstance {
  try {
    return Busboy({ headers: { 'content-type': contentType }, limits: LIMITS, preservePath: true });
  } catch (cause) {
    throw wrong('its Content-Type has no boundary', cause);
  }
}

/** Gives the form the body, as fast as its file is read. */
async function feed(form: BusboyInstance, body: AsyncIterable<Buffer>, gone: AbortSignal): Promise<void> {
  const failed = new Promise<never>((_, reject) =>
    form.on('error', (cause) => reject(wrong('it breaks off', cause))),
  );
  const fed = (async () => {
    for await (const chunk of body) {
      if (gone.aborted) return;
      if (!form.write(chunk)) await once(form, 'drain', { signal: gone });
    }
    const finished = once(form, 'finish', { signal: gone });
    form.end();
    await finished;
  })();
  await Promise.race([fed, failed]);
}

const wrong = (why: string, cause?: unknown) =>
  new Problem(
    400,
    `The form is not what this takes: ${why}. Send one file, as one part of multipart/form-data.`,
    {
      cause,
    },
  );
