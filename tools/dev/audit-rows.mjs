/** Rows for the `audit` table: the same ones wherever they are made. */
import { setTimeout as pause } from 'node:timers/promises';
import { RestError, TableClient } from '@azure/data-tables';

/** Most rows of one transaction; all of one partition. Source: the limit of the service. */
const TRANSACTION = 100;
const DAY = 24 * 3600 * 1000;

/**
 * @typedef {object} AuditRow
 * @property {string} partitionKey the day
 * @property {string} rowKey
 * @property {string} CertNumber empty where no certificate was issued: such a row is not counted
 * @property {string} identificationNumber of a person, who may have many rows
 */

/**
 * @typedef {object} AuditSample
 * @property {string} start first day
 * @property {string} end last day, included
 * @property {number} rows
 * @property {number} people
 */

/** What `npm start` seeds: a quarter of a year. @type {AuditSample} */
export const SAMPLE = { start: '2021-10-01', end: '2021-12-31', rows: 5_000, people: 1_200 };

/** @param {AuditSample} sample @returns {Generator<AuditRow[]>} the rows of one day after the other */
export function* auditDays({ start, end, rows, people }) {
  const days = 1 + (Date.parse(end) - Date.parse(start)) / DAY;
  for (let day = 0, row = 0; day < days; day++) {
    const partitionKey = new Date(Date.parse(start) + day * DAY).toISOString().slice(0, 10);
    const after = Math.floor((rows * (day + 1)) / days);
    yield Array.from({ length: after - row }, (_, index) => auditRow(partitionKey, row + index, people));
    row = after;
  }
}

/** @param {string} partitionKey @param {number} number @param {number} people @returns {AuditRow} */
function auditRow(partitionKey, number, people) {
  const certified = hash(number) % 6 !== 0;
  const rowKey = String(number).padStart(9, '0');
  return {
    partitionKey,
    rowKey,
    CertNumber: certified ? `C-${rowKey}` : '',
    identificationNumber: String(hash(number + 0x51ed27) % people).padStart(11, '4'),
  };
}

/** Spreads whole numbers over 32 bits, the same every time. Source: the finalizer of MurmurHash3. @param {number} n */
function hash(n) {
  let h = Math.imul(n ^ (n >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * Counts as the query does, in memory.
 * @param {AuditSample} sample @param {string} start @param {string} end
 */
export function countAudited(sample, start, end) {
  const people = new Set();
  let rows = 0;
  for (const day of auditDays(sample))
    for (const { partitionKey, CertNumber, identificationNumber } of day) {
      if (partitionKey < start || partitionKey > end || CertNumber === '') continue;
      rows++;
      people.add(identificationNumber);
    }
  return { rows, distinct: people.size };
}

/**
 * Writes the rows, unless the last one is there already: they are written in order.
 *
 * @param {string} connectionString of a development storage account
 * @param {AuditSample} [sample]
 * @param {(rows: number) => void} [onWritten] is told how many there are
 */
export async function seedAudit(connectionString, sample = SAMPLE, onWritten = () => undefined) {
  const table = TableClient.fromConnectionString(connectionString, 'audit', {
    allowInsecureConnection: true,
  });
  await patiently(() => table.createTable());
  if (await has(table, lastRow(sample))) return;
  let written = 0;
  for (const day of auditDays(sample)) {
    for (let at = 0; at < day.length; at += TRANSACTION) {
      const rows = day.slice(at, at + TRANSACTION);
      await table.submitTransaction(rows.map((row) => ['upsert', row, 'Replace']));
      written += rows.length;
    }
    onWritten(written);
  }
}

/** @param {AuditSample} sample @returns {AuditRow} */
const lastRow = ({ end, rows, people }) => auditRow(end, rows - 1, people);

/** @param {TableClient} table @param {AuditRow} row */
const has = (table, { partitionKey, rowKey }) =>
  table.getEntity(partitionKey, rowKey).then(
    () => true,
    (error) => {
      if (error instanceof RestError && error.statusCode === 404) return false;
      throw error;
    },
  );

/** Azurite accepts connections a moment before it answers. @template T @param {() => Promise<T>} request */
async function patiently(request) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (attempt === 5) throw error;
      await pause(200 * attempt);
    }
  }
}
