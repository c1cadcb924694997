import type { Command, Load } from './protocol';
import { tell } from './window';

/** Runs what the benchmark asks for over Node's process channel, one command at a time, until it is told to end. */
export function takeCommands<C extends Command>(
  run: (command: C) => Promise<Load>,
  close: () => Promise<void>,
): void {
  process.on('message', (command: C) => {
    run(command).then(
      (load) => tell({ kind: 'done', load }),
      (error: unknown) =>
        tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.once('SIGTERM', () => void close().then(() => process.exit(0)));
  tell({ kind: 'ready' });
}
