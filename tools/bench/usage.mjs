/** What a process costs, from /proc; other systems than Linux have none of it. */
import { readFileSync } from 'node:fs';

/** Ticks of the CPU clock that Linux shows in /proc. */
const TICKS_PER_SECOND = 100;

/** @param {number} pid user and system time, from /proc/PID/stat */
export function cpuSecondsOf(pid) {
  if (process.platform !== 'linux') return NaN;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** @param {number} pid resident memory */
export function rssMbOf(pid) {
  if (process.platform !== 'linux') return NaN;
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
