/**
 * Known vulnerabilities of what goes into production, as the registry tells of them. Not every registry does; then
 * this says so and passes, unless AUDIT_REQUIRED demands an answer.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../dev/node.mjs';
import { verdictOf } from './audit/advisories.mjs';

const ACCEPTED = join(ROOT, 'tools/checks/audit/accepted.json');

const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: Infinity,
});
if (error) throw error;
const today = new Date().toISOString().slice(0, 10);
const { answered, problems, notes } = verdictOf(stdout, JSON.parse(readFileSync(ACCEPTED, 'utf8')), today);
for (const line of [...notes, ...problems]) process.stdout.write(`${line}\n`);
if (answered && problems.length === 0) process.stdout.write('no known vulnerability counts\n');
if (!answered) process.stdout.write('NOTHING WAS CHECKED\n');
if (problems.length > 0 || (!answered && process.env.AUDIT_REQUIRED)) process.exitCode = 1;
