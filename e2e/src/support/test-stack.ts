import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, type StackOptions, startStack } from '@countersign/tools';

export interface TestStack extends Stack {
  readonly dataDir: string;
  /** Ends everything and removes the data. */
  dispose(): Promise<void>;
}

/**
 * Starts everything on free ports, with data of its own unless the test names a folder; nothing is
 * started again unless the test says so.
 */
export async function startTestStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'countersign-e2e-')));
  const stack = await startStack({ ...options, dataDir });
  const dispose = async () => {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  return Object.assign(stack, { dataDir, dispose });
}
