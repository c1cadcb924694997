import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { expectTopology, JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { loadConfig } from '@countersign/service';
import { CodedError } from '@countersign/workflow';
import { type Call, type Command, UsageError } from './command';
import { COMMANDS } from './commands';
import { OperatorConfig } from './config';
import { helpOf, overview } from './help';
import type { Terminal } from './output';

const EXIT = { done: 0, failed: 1, wrongUsage: 2 } as const;
/** Milliseconds: a person waits. */
const CONNECT_TIMEOUT = 5_000;
const TOPOLOGY_TIMEOUT = 2_000;

/** @returns the exit code: 0 done, 1 failed or not done in full, 2 wrong usage */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const found = commandIn(args);
    if (found === undefined) return askedForHelp(args, terminal);
    const call = callOf(found.command, found.rest);
    if (call.has('help')) terminal.out(helpOf(found.command));
    else return (await carriedOut(found.command, { ...terminal, ...call })) ? EXIT.done : EXIT.failed;
    return EXIT.done;
  } catch (error) {
    terminal.err(
      `${error instanceof CodedError || error instanceof UsageError ? error.message : shown(error)}\n`,
    );
    return error instanceof UsageError ? EXIT.wrongUsage : EXIT.failed;
  }
}

/** The longest name that the arguments begin with. */
function commandIn(args: readonly string[]): { command: Command; rest: string[] } | undefined {
  for (const words of [2, 1]) {
    const command = COMMANDS.get(args.slice(0, words).join(' '));
    if (command !== undefined) return { command, rest: args.slice(words) };
  }
  return undefined;
}

function askedForHelp(args: readonly string[], { out }: Terminal): number {
  const isHelp = args.every((arg) => ['--help', '-h', 'help'].includes(arg));
  if (!isHelp) throw new UsageError(`There is no command "${args.join(' ')}". See --help.`);
  out(overview());
  return args.length === 0 ? EXIT.wrongUsage : EXIT.done;
}

function callOf(command: Command, args: string[]): Omit<Call, 'logs' | keyof Terminal> {
  const { values, positionals: operands } = parsed(command, args);
  const [least, most] = command.operands;
  const has = (option: string): boolean => values[option] === true;
  if (!has('help') && (operands.length < least || operands.length > most))
    throw new UsageError(`Usage: ${command.usage}. See --help.`);
  return {
    operands,
    has,
    text: (option) => (typeof values[option] === 'string' ? values[option] : undefined),
  };
}

function parsed({ options, usage }: Command, args: string[]) {
  try {
    const all: ParseArgsOptionsConfig = { ...options, help: { type: 'boolean', short: 'h' } };
    return parseArgs({ args, options: all, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\nUsage: ${usage}`);
  }
}

async function carriedOut(command: Command, call: Omit<Call, 'logs'>): Promise<boolean> {
  const { jetstream } = loadConfig(OperatorConfig);
  const connection = await JetStreamConnection.open({
    ...jetstream,
    name: 'operator',
    connectTimeout: CONNECT_TIMEOUT,
  });
  const logs = new ShardLogs(connection, jetstream.shards);
  try {
    if (!command.makesStreams) await expectTopology(connection, jetstream, TOPOLOGY_TIMEOUT);
    return await command.run({ ...call, logs });
  } finally {
    logs.close();
    await connection.close();
  }
}

const shown = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
