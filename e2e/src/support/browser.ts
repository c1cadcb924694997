import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-sandbox',
];

/** Headless Chromium: the one that CHROMIUM names, else the system's. `npm test` installs it where it can. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? PROGRAM;
  if (!existsSync(executablePath))
    throw new Error(`There is no Chromium at ${executablePath}. Install it, or name it in CHROMIUM.`);
  return chromium.launch({ executablePath, args: FLAGS });
}
