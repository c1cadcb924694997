/**
 * The newest state of every instance in SQLite, so that instances can be listed and searched. It
 * holds nothing that is not in JetStream, and is thrown away whenever there is a doubt about it.
 *
 * 1. A batch and the position after it are one transaction: whenever the process dies, the file is
 *    that of some position in the stream.
 * 2. The newest step of an instance wins by its sequence: taking a record twice changes nothing.
 * 3. Notices of purges are kept by the stream for a day: what was not followed for nearly as long
 *    begins from nothing.
 */
import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { FeedRecord, FeedStream } from '@countersign/jetstream';
import { rowOf } from './row';
import { ADVANCE, DELETE, SCHEMA, SCHEMA_VERSION, UPSERT } from './schema';

const IN_MEMORY = ':memory:';
const HOUR = 3_600_000;
/** Milliseconds without a word of the stream after which purges may have been missed. */
const TOO_LONG = 20 * HOUR;

interface Statements {
  readonly upsert: StatementSync;
  readonly remove: StatementSync;
  readonly advance: StatementSync;
}

interface ShardState {
  readonly created: string;
  readonly seq: number;
  readonly seenAt: number;
}

export interface StoreOptions {
  /** Default: in memory. */
  readonly file?: string | undefined;
  readonly shards: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export class ProjectionStore {
  /** Why what was in the file at the start was not taken over. */
  readonly thrownAway: string | undefined;
  private db: DatabaseSync;
  private statements: Statements;

  constructor(private readonly options: StoreOptions) {
    const { file = IN_MEMORY, shards } = options;
    const found = opened(file, shards);
    this.thrownAway = typeof found === 'string' ? found : undefined;
    this.db = typeof found === 'string' ? fresh(file) : found;
    this.statements = prepared(this.db);
  }

  /** Begins from nothing, whatever state the file is in. */
  throwAway(): void {
    this.db.close();
    this.db = fresh(this.options.file ?? IN_MEMORY);
    this.statements = prepared(this.db);
  }

  /** The sequence after which a shard is to be followed; 0 when all of it must be read. */
  position(shard: number, stream: FeedStream): number {
    const state = this.db.prepare('SELECT created, seq, seenAt FROM shards WHERE shard = ?').get(shard) as
      ShardState | undefined;
    if (state !== undefined && this.goesOn(state, stream)) return state.seq;
    this.transaction(() => {
      this.db.prepare('DELETE FROM instances WHERE shard = ?').run(shard);
      this.db
        .prepare('INSERT OR REPLACE INTO shards (shard, created, seq, seenAt) VALUES (?, ?, 0, ?)')
        .run(shard, stream.created, this.now());
    });
    return 0;
  }

  private goesOn(state: ShardState, stream: FeedStream): boolean {
    const sameStream = state.created === stream.created && state.seq <= stream.lastSeq;
    return sameStream && this.now() - state.seenAt < TOO_LONG;
  }

  /** @param caughtUp nothing that was stored before now is missing */
  take(shard: number, records: readonly FeedRecord[], caughtUp: boolean): void {
    // Notices come on their own, and all of them again.
    const seq = records.findLast(({ kind }) => kind === 'step')?.seq ?? 0;
    if (records.length === 0 && !caughtUp) return;
    const { upsert, remove, advance } = this.statements;
    this.transaction(() => {
      for (const record of records) {
        if (record.kind === 'purged') remove.run(record.id, record.upTo);
        else if (record.step.purged === true) remove.run(record.id, record.seq);
        else upsert.run({ ...rowOf(shard, record) });
      }
      advance.run({ shard, seq, seenAt: caughtUp ? this.now() : null });
    });
  }

  count(): number {
    return (this.db.prepare('SELECT count(*) AS count FROM instances').get() as { count: number }).count;
  }

  /** Rows of a query, read as they are asked for. Blocks the process: a query must not have to look at many. */
  rows<Row>(sql: string, parameters: readonly (string | number)[]): IterableIterator<Row> {
    return this.db.prepare(sql).iterate(...parameters) as IterableIterator<Row>;
  }

  close(): void {
    this.db.close();
  }

  private transaction(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  private now(): number {
    return (this.options.now ?? Date.now)();
  }
}

/** Whether an error says that the file itself is broken (SQLITE_CORRUPT, SQLITE_NOTADB). */
export function isCorrupt(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return false;
  return [11, 26].includes(Number(error.errcode) & 0xff);
}

/** The database in the file, or why it is of no use. */
function opened(file: string, shards: number): DatabaseSync | string {
  const db = new DatabaseSync(file);
  const why = flawOf(db, shards);
  if (why === undefined) return db;
  db.close();
  return why;
}

function flawOf(db: DatabaseSync, shards: number): string | undefined {
  try {
    configure(db);
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    if (version === 0) return 'it is empty';
    if (version !== SCHEMA_VERSION) return `its schema is of version ${version}`;
    const check = db.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (check.quick_check !== 'ok') return 'it is broken';
    const known = db.prepare('SELECT count(*) AS count, max(shard) AS most FROM shards').get() as {
      count: number;
      most: number | null;
    };
    const fits = known.count === 0 || (known.count === shards && known.most === shards - 1);
    return fits ? undefined : `it has ${known.count} shards`;
  } catch (error) {
    if (isCorrupt(error)) return 'it is broken';
    throw error;
  }
}

function fresh(file: string): DatabaseSync {
  if (file !== IN_MEMORY) for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const db = new DatabaseSync(file);
  configure(db);
  db.exec(SCHEMA);
  return db;
}

function configure(db: DatabaseSync): void {
  // A power loss may cost the newest batches, never the file; they are taken again.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;');
}

const prepared = (db: DatabaseSync): Statements => ({
  upsert: db.prepare(UPSERT),
  remove: db.prepare(DELETE),
  advance: db.prepare(ADVANCE),
});
