/** The operator's command, as a process of its own. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';

const COMMAND = join(__dirname, '../../../dist/apps/operator/main.mjs');

export interface Printed {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** @param env by the names of its settings */
export const operatorOf =
  (env: Readonly<Record<string, string>>) =>
  (...args: string[]): Promise<Printed> =>
    new Promise((resolve, reject) => {
      execFile(process.execPath, [COMMAND, ...args], { env }, (error, out, err) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, out, err });
        else reject(error);
      });
    });
