import type { Command } from './command';
import { COMMANDS } from './commands';
import { table } from './output';

const NODE = 'node apps/operator/main.mjs';

export const overview = (): string => `What an operator does to a deployment of Countersign.

Usage: ${NODE} COMMAND [options]

${table([...COMMANDS.values()].map(({ usage, about }) => [`  ${usage}`, about]))}
  --help after a command says more of it.

It is told where NATS is as every service is: NATS_URL, NATS_USER, NATS_PASSWORD, NATS_CA_FILE, SHARDS.
Exit code: 0 done; 1 failed, or not done in full; 2 wrong usage.
`;

export const helpOf = ({ usage, about, details = '' }: Command): string =>
  `${about[0]?.toUpperCase()}${about.slice(1)}.\n\nUsage: ${NODE} ${usage}\n${details && `\n${details}\n`}`;
