/** The browser of the browser specs. Node built-ins only. */
import { existsSync } from 'node:fs';
import { isDebian, installDebianPackage } from '../dev/apt.mjs';

const PROGRAM = '/usr/bin/chromium';

/**
 * @param {import('../dev/console.mjs').Reporter} reporter
 * @returns {Promise<string>} path of the program: CHROMIUM, or the system's, which is installed when missing
 * @throws {Error} that says what to install
 */
export async function obtainChromium(reporter) {
  const program = process.env.CHROMIUM ?? PROGRAM;
  if (existsSync(program)) return program;
  if (process.env.CHROMIUM || !isDebian() || process.getuid?.() !== 0)
    throw new Error(
      `There is no Chromium at ${program}. Install it (on Debian, as root: apt-get install chromium), or name ` +
        'a Chromium or Chrome in CHROMIUM; or leave the browser specs out: npm test -- --without browser.',
    );
  await reporter.step('installing chromium', () => installDebianPackage('chromium'));
  return program;
}
