import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Stack, type StackOptions, startStack } from '@countersign/tools';
import { leaksIn, type Secret, secretsOfSettings, tokensIn } from './log-secrets';

export interface TestStack extends Stack {
  readonly dataDir: string;
  /**
   * Ends everything and removes the data.
   *
   * @throws Error when a service wrote a secret into its log: names service, line and secret
   */
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
    const leaks = await leaksOf(stack, dataDir);
    await rm(dataDir, { recursive: true, force: true });
    if (leaks.length > 0) throw new Error(`Secrets stand in the logs:\n${leaks.join('\n')}`);
  };
  return Object.assign(stack, { dataDir, dispose });
}

/** Everything that a log of this stack must not hold, in the logs of all services that go into production. */
async function leaksOf(stack: Stack, dataDir: string): Promise<string[]> {
  const services = Object.keys(stack.environments).filter((name) => name !== 'sandbox');
  const secrets = await secretsOf(stack, dataDir);
  const leaks = services.map(async (service) => {
    const log = await textOf(join(stack.logs, `${service}.log`));
    return leaksIn(log, secrets).map(({ line, secret }) => `${service}, line ${line}: ${secret}`);
  });
  return (await Promise.all(leaks)).flat();
}

/** What the services were told, the keys of callers, and the tokens that people were sent. */
async function secretsOf(stack: Stack, dataDir: string): Promise<Secret[]> {
  const told = Object.values(stack.environments).flatMap((environment) =>
    secretsOfSettings(environment ?? {}),
  );
  const keys = Object.entries(stack.keys).map(([name, value]) => [`${name}_KEY`, value] as const);
  const seen = tokensIn(await textOf(join(dataDir, 'sandbox.jsonl')));
  const tokens = [...new Set(seen)].map((value) => ({ name: 'an approval token that was sent', value }));
  const all = [...told, ...secretsOfSettings(Object.fromEntries(keys)), ...tokens];
  return [...new Map(all.map((secret) => [secret.value, secret])).values()];
}

const textOf = async (file: string): Promise<string> => (existsSync(file) ? readFile(file, 'utf8') : '');
