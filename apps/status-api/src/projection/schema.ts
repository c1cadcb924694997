/**
 * The tables of the projection. Nothing is ever migrated: a file of another version is thrown away
 * and built again from JetStream.
 */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  CREATE TABLE instances (
    id TEXT NOT NULL PRIMARY KEY,
    shard INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    workflow TEXT NOT NULL,
    status TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    customStatus TEXT,
    error TEXT,
    output TEXT -- last: it may be large, and a scan must not have to read it
  ) STRICT;
  CREATE INDEX listing ON instances (createdAt, id);

  -- How far each shard's stream is taken in, and which stream that is.
  CREATE TABLE shards (
    shard INTEGER NOT NULL PRIMARY KEY,
    created TEXT NOT NULL,
    seq INTEGER NOT NULL,
    seenAt INTEGER NOT NULL -- when nothing was missing last, in milliseconds since the epoch
  ) STRICT;
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

export const UPSERT = `
  INSERT INTO instances (id, shard, seq, workflow, status, createdAt, updatedAt, customStatus, error, output)
  VALUES (:id, :shard, :seq, :workflow, :status, :createdAt, :updatedAt, :customStatus, :error, :output)
  ON CONFLICT (id) DO UPDATE SET
    seq = excluded.seq, workflow = excluded.workflow, status = excluded.status,
    createdAt = excluded.createdAt, updatedAt = excluded.updatedAt,
    customStatus = excluded.customStatus, error = excluded.error, output = excluded.output
  WHERE excluded.seq > instances.seq`;

export const DELETE = 'DELETE FROM instances WHERE id = ? AND seq <= ?';

/** A shard's position never goes back but by a rebuild. */
export const ADVANCE =
  'UPDATE shards SET seq = max(seq, :seq), seenAt = coalesce(:seenAt, seenAt) WHERE shard = :shard';
