/** The subjects as AsyncAPI channels. Their addresses are what the builders of the contracts build. */
import {
  activities,
  COORDINATOR_SHARES,
  deadLetterSubject,
  InstanceSubjects,
  queues,
  retentionCursor,
  streamName,
} from '@countersign/contracts';
import type { Part } from '../part';
import { inputMessages, taskName } from './messages';

/** Stand in an address where a parameter will be: the builders take them for any value. */
const MARKS = { shard: 9_999_901, instanceId: 'parameterInstanceId', run: 9_999_902, n: 9_999_903 } as const;

export const PARAMETERS: Readonly<Record<keyof typeof MARKS, Part>> = {
  shard: { description: 'FNV-1a over the encoded instance id, modulo the number of shards', examples: ['0'] },
  instanceId: {
    description: 'Instance id; bytes other than letters, digits, `_` and `-` are written as `=HH`',
    examples: ['order-42', 'order=2F42'],
  },
  run: { description: 'Stream sequence of the input that opened the run', examples: ['17'] },
  n: { description: 'Number of the command within its run', examples: ['3'] },
};

/** An AsyncAPI Channel Object and the names of its messages, by the name that operations know it by. */
export interface Channel {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly carries: readonly string[];
}

const { shard, instanceId, run, n } = MARKS;
const of = new InstanceSubjects(shard, instanceId);
const instanceChannel = (
  subject: string,
  title: string,
  description: string,
  carries: readonly string[],
) => ({
  address: Object.entries(MARKS).reduce(
    (address, [name, mark]) => address.replace(String(mark), `{${name}}`),
    subject,
  ),
  title,
  description: `${description} Stream \`${streamName(shard).replace(String(shard), '{shard}')}\`.`,
  carries,
});

const tasks = activities.map(({ name, queue, description }) => {
  const subject = of.task(queue, name, run, n);
  const channel = instanceChannel(subject, `Tasks ${name}`, `${description}.`, [taskName(name)]);
  return [taskName(name), { ...channel, description: `${channel.description} Queue \`${queue}\`.` }] as const;
});

const deadLetters = queues.map((queue) => {
  const about = `Tasks of queue \`${queue}\` that could not be decoded, kept for people to read.`;
  const channel = { address: deadLetterSubject(queue), title: 'Dead letters', description: about };
  return [`dead.${queue}`, { ...channel, carries: ['deadLetter'] }] as const;
});

export const CHANNELS: Readonly<Record<string, Channel>> = {
  inputs: instanceChannel(
    of.input,
    'Inputs',
    'Everything that can advance an instance.',
    Object.keys(inputMessages),
  ),
  steps: instanceChannel(
    of.step,
    'Steps',
    'The journal: what inputs caused, in the order that counts. The newest step is the public state.',
    ['step'],
  ),
  ...Object.fromEntries(tasks),
  timers: instanceChannel(of.timer(run, n), 'Timers', 'Schedules of the server whose target is `.in`.', [
    'timer',
  ]),
  watchdogs: instanceChannel(
    of.timer(run, 'w'),
    'Watchdogs',
    'The schedule at the earliest end of an open activity (`scheduleToClose`).',
    ['timer'],
  ),
  progress: instanceChannel(
    of.progress(run, n),
    'Progress',
    'The newest report of a running activity, and its attempts.',
    ['progress'],
  ),
  parked: instanceChannel(of.parked, 'Parked', 'Marks an instance that waits for other code.', ['parked']),
  purged: instanceChannel(of.purged, 'Purged', 'For who keeps a copy of the states; kept for a day.', [
    'purged',
  ]),
  retention: instanceChannel(
    retentionCursor(shard),
    'Retention',
    'Where the search for instances that ended long ago goes on.',
    ['swept'],
  ),
  ...Object.fromEntries(deadLetters),
  shares: {
    address: COORDINATOR_SHARES,
    title: 'Shares of the coordinators',
    description: 'Which coordinator has which shards. Nothing of it is stored.',
    carries: ['shares'],
  },
};

/** Names of the channels of a queue's tasks. */
export const taskChannels = (queue: string): string[] =>
  activities.filter((activity) => activity.queue === queue).map(({ name }) => taskName(name));

export function channelObject({ address, carries, title, description }: Channel): Part {
  const used = Object.keys(PARAMETERS).filter((name) => address.includes(`{${name}}`));
  const parameters = used.map((name) => [name, { $ref: `#/components/parameters/${name}` }]);
  const messages = carries.map((name) => [name, { $ref: `#/components/messages/${name}` }]);
  return {
    address,
    title,
    description,
    ...(used.length > 0 && { parameters: Object.fromEntries(parameters) }),
    messages: Object.fromEntries(messages),
  };
}
