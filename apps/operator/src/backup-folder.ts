import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StreamSnapshot } from '@countersign/jetstream';
import { CodedError } from '@countersign/workflow';

/** One stream in a backup, in the file of its name. */
export interface SavedStream extends StreamSnapshot {
  readonly stream: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What a backup is, written when all of it is there. */
export interface Manifest {
  readonly format: 1;
  /** ISO date-time at which it was begun. */
  readonly at: string;
  readonly shards: number;
  readonly streams: readonly SavedStream[];
}

const MANIFEST = 'backup.json';
/** What is in a backup is for nobody else. */
const [PRIVATE_FOLDER, PRIVATE_FILE] = [0o700, 0o600];
const CHUNK = 128 * 1024;

/** A folder with a file for each stream, and a manifest that is written last: without it there is no backup. */
export class BackupFolder {
  constructor(private readonly path: string) {}

  /** Makes it. @throws CodedError `BackupNotEmpty` */
  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: PRIVATE_FOLDER });
    if ((await readdir(this.path)).length === 0) return;
    throw new CodedError(
      'BackupNotEmpty',
      `${this.path} is not empty: a backup goes into a folder of its own.`,
    );
  }

  /** @param take calls what it is given with each chunk */
  async save(
    stream: string,
    take: (write: (chunk: Uint8Array) => Promise<void>) => Promise<StreamSnapshot>,
  ): Promise<SavedStream> {
    return this.written(fileOf(stream), async (file) => {
      const hash = createHash('sha256');
      let bytes = 0;
      const { config, state } = await take(async (chunk) => {
        hash.update(chunk);
        bytes += chunk.length;
        await file.writeFile(chunk);
      });
      return { stream, bytes, sha256: hash.digest('hex'), config, state };
    });
  }

  finish(manifest: Manifest): Promise<void> {
    return this.written(MANIFEST, (file) => file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`));
  }

  /** Reads all of it. @throws CodedError `BackupIncomplete` for what is not as it was written */
  async checked(): Promise<Manifest> {
    const text = await readFile(join(this.path, MANIFEST), 'utf8').catch(() => undefined);
    if (text === undefined) throw this.incomplete(`${MANIFEST}, which is written last, is not there`);
    const manifest = JSON.parse(text) as Manifest;
    for (const { stream, sha256 } of manifest.streams) {
      const hash = createHash('sha256');
      for await (const chunk of this.chunks(stream)) hash.update(chunk);
      if (hash.digest('hex') !== sha256) throw this.incomplete(`${fileOf(stream)} is not what was written`);
    }
    return manifest;
  }

  async *chunks(stream: string): AsyncGenerator<Uint8Array> {
    try {
      yield* createReadStream(join(this.path, fileOf(stream)), { highWaterMark: CHUNK });
    } catch (cause) {
      throw this.incomplete(`${fileOf(stream)} cannot be read`, cause);
    }
  }

  /** A new file, which is on the disk when this resolves. */
  private async written<T>(name: string, write: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = await open(join(this.path, name), 'wx', PRIVATE_FILE);
    try {
      const result = await write(file);
      await file.sync();
      return result;
    } finally {
      await file.close();
    }
  }

  private incomplete(why: string, cause?: unknown): CodedError {
    return new CodedError('BackupIncomplete', `${this.path} holds no whole backup: ${why}.`, { cause });
  }
}

const fileOf = (stream: string): string => `${stream}.snapshot`;
