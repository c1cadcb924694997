import { readFile } from 'node:fs/promises';
import { isNativeError } from 'node:util/types';
import { CodedError } from '@countersign/workflow';
import { Logger } from '@nestjs/common';

/** Milliseconds between two looks at the file. */
const POLL = 2_000;

export interface WatchedFileOptions<T> {
  readonly file: string;
  /** What it is, for messages: `file of keys`. */
  readonly name: string;
  /** The setting that names it. */
  readonly setting: string;
  /** @throws CodedError that says, as a phrase, what is wrong with the text */
  readonly parse: (text: string) => T;
  /** What to do where it cannot be read. */
  readonly advice?: string;
  /** What a log line tells of a new content. */
  readonly summary?: (content: T) => object;
  readonly pollMs?: number;
}

/**
 * The content of a file, read again whenever the file changes. The file is looked at on a clock and not
 * watched: Kubernetes replaces a mounted secret by swapping a symbolic link, of which a watch on the file
 * learns nothing. What cannot be used leaves the content as it was, and is logged, once.
 */
export class WatchedFile<T> {
  private readonly logger = new Logger('Files');
  private readonly poll: NodeJS.Timeout;

  private constructor(
    private readonly options: WatchedFileOptions<T>,
    /** Outcome of the last look: text of the file, or the error. What did not change is not told twice. */
    private seen: string,
    private current: T,
  ) {
    this.poll = setInterval(() => void this.reload(), options.pollMs ?? POLL).unref();
  }

  /** @throws CodedError `FileUnreadable`, or what `parse` throws; names the file and its setting */
  static async open<T>(options: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
    const text = await textOf(options);
    return new WatchedFile(options, text, parsed(text, options));
  }

  get content(): T {
    return this.current;
  }

  close(): void {
    clearInterval(this.poll);
  }

  /** Looks at the file. */
  async reload(): Promise<void> {
    const { name, summary } = this.options;
    try {
      const text = await textOf(this.options);
      if (text === this.seen) return;
      this.seen = text;
      this.current = parsed(text, this.options);
      this.logger.log(`the ${name} was read again`, summary?.(this.current) ?? {});
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof CodedError && error.code === UNREADABLE) {
        if (this.seen === message) return;
        this.seen = message;
      }
      this.logger.error(`What it said before still holds. ${message}`);
    }
  }
}

const UNREADABLE = 'FileUnreadable';

function parsed<T>(text: string, { file, name, setting, parse }: WatchedFileOptions<T>): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new CodedError(error.code, `The ${name} ${file} (${setting}) is not valid: ${error.message}.`);
  }
}

async function textOf<T>({ file, name, setting, advice }: WatchedFileOptions<T>): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = isNativeError(cause) && 'code' in cause ? String(cause.code) : String(cause);
    const message = [`The ${name} ${file} (${setting}) cannot be read: ${why}.`, advice].filter(Boolean);
    throw new CodedError(UNREADABLE, message.join(' '), { cause });
  }
}
