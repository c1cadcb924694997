/** Which service sends and which receives what (ARCHITECTURE.md, "Subjects"). */
import { queues, serviceOf } from '@countersign/contracts';
import type { Part } from '../part';
import { CHANNELS, taskChannels } from './channels';

interface Role {
  readonly service: string;
  readonly action: 'send' | 'receive';
  readonly channel: string;
  /** Which of the channel's messages, by the beginning of their names. Default: all. */
  readonly only?: readonly string[];
  readonly summary: string;
}

const COORDINATOR = 'saga-coordinator';
const SERVER = 'nats-server';

const role = (
  service: string,
  action: Role['action'],
  channel: string,
  summary: string,
  only?: readonly string[],
): Role => ({ service, action, channel, summary, ...(only && { only }) });

const inputRoles: readonly Role[] = [
  role('ingestion', 'send', 'inputs', 'Starts workflows, raises their events', ['start.', 'event.']),
  role('slack-notifier', 'send', 'inputs', 'Raises decisions, in Socket Mode', ['event.decision']),
  role('status-api', 'send', 'inputs', 'Starts, raises events and controls for the management API', [
    'start.',
    'event.',
    'control',
  ]),
  role(COORDINATOR, 'receive', 'inputs', 'Applies inputs to their instance'),
  role(
    COORDINATOR,
    'send',
    'inputs',
    'Starts children, signals instances, tells parents, fails what is overdue',
    ['start.', 'event.other', 'completed', 'failed', 'control'],
  ),
  role(SERVER, 'send', 'inputs', 'Publishes timers when they are due', ['timer']),
];

const instanceRoles: readonly Role[] = [
  role(COORDINATOR, 'send', 'steps', 'Commits what inputs caused'),
  role('status-api', 'receive', 'steps', 'Reads states and histories, keeps the lists'),
  role('ingestion', 'receive', 'steps', 'Reads who won a decision'),
  ...['timers', 'watchdogs'].flatMap((channel) => [
    role(COORDINATOR, 'send', channel, 'Sets a schedule'),
    role(SERVER, 'receive', channel, 'Keeps the schedule until it is due'),
  ]),
  role('status-api', 'receive', 'progress', 'Shows progress'),
  role(COORDINATOR, 'send', 'parked', 'Says why an instance stands still'),
  role(COORDINATOR, 'receive', 'parked', 'Tries parked instances again'),
  role(COORDINATOR, 'send', 'purged', 'Tells that an instance is gone'),
  role(COORDINATOR, 'send', 'retention', 'Says how far it looked'),
  role(COORDINATOR, 'receive', 'retention', 'Goes on from where another stopped'),
  role('status-api', 'receive', 'purged', 'Takes the instance off the lists'),
  role(COORDINATOR, 'send', 'shares', 'Says every second which shards it has'),
  role(COORDINATOR, 'receive', 'shares', 'Leaves shards to those that have fewer'),
];

const workerRoles = (queue: string): Role[] => {
  const service = serviceOf(queue);
  return [
    ...taskChannels(queue).flatMap((channel) => [
      role(COORDINATOR, 'send', channel, 'Schedules the activity'),
      role(service, 'receive', channel, 'Performs the activity'),
    ]),
    role(service, 'send', 'inputs', 'Reports how an activity ended', ['completed', 'failed']),
    role(service, 'send', 'progress', 'Reports progress and failed attempts'),
    role(service, 'receive', 'progress', 'Goes on from the last checkpoint'),
    role(service, 'send', `dead.${queue}`, 'Sets aside what it cannot decode'),
  ];
};

/** Every AsyncAPI Operation Object, by a name such as `saga-coordinator.send.steps`. */
export function operations(): Readonly<Record<string, Part>> {
  const roles = [...inputRoles, ...instanceRoles, ...queues.flatMap(workerRoles)];
  return Object.fromEntries(
    roles.map((role) => [`${role.service}.${role.action}.${role.channel}`, operationObject(role)]),
  );
}

function operationObject({ service, action, channel, summary, only }: Role): Part {
  const carried = CHANNELS[channel]?.carries ?? [];
  const names = only ? carried.filter((name) => only.some((start) => name.startsWith(start))) : carried;
  return {
    action,
    channel: { $ref: `#/channels/${channel}` },
    summary,
    tags: [{ name: service }],
    messages: names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` })),
  };
}
