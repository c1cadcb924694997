/** Every kind of message, from its declaration in the contracts or in the protocol. */
import { activities, type ActivityContract, events, workflows } from '@countersign/contracts';
import { ref, type Schema } from '@countersign/service';
import type { Part } from '../part';

/** An AsyncAPI Message Object, by the name that channels and operations know it by. */
export type Messages = Readonly<Record<string, Part>>;

/** What the server keeps or does because of a header (ADR-4, ADR-43 and ADR-51 of the NATS architecture decisions). */
const HEADERS = {
  'Nats-Msg-Id': 'The server drops a second message with the same id',
  'Nats-Expected-Last-Subject-Sequence':
    'Refused unless this is the sequence of the newest message of the subject',
  'Nats-TTL': 'Seconds after which the server deletes the message',
  'Nats-Rollup': '`sub`: replaces all earlier messages of the subject',
  'Nats-Schedule': '`@at` and when, in ISO 8601',
  'Nats-Schedule-Target': 'Subject that it is then published to',
} as const;

const headers = (...names: (keyof typeof HEADERS)[]): Part => ({
  type: 'object',
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string', description: HEADERS[name] }])),
});

const narrowed = (base: string, properties: Readonly<Record<string, Schema>>): Schema => ({
  allOf: [ref(base), { type: 'object', properties }],
});

/** Name of the message that carries an activity's input. */
export const taskName = (activity: string): string => `task.${activity}`;

const starts: Messages = Object.fromEntries(
  workflows.map(({ name, description, input }) => [
    `start.${name}`,
    {
      title: `Start of ${name}`,
      summary: description,
      headers: headers('Nats-Msg-Id', 'Nats-Expected-Last-Subject-Sequence'),
      payload: narrowed('Started', { workflow: { const: name }, input: ref(input) }),
    },
  ]),
);

/** The full name of a keyed event ends in its key. */
const patternOf = (event: (typeof events)[number]): string =>
  `^${event.name.replaceAll('.', '\\.')}${'of' in event ? '\\.' : '$'}`;

const declared = events.map((event) => ({
  event,
  payload: narrowed('EventRaised', { name: { pattern: patternOf(event) }, data: ref(event.data) }),
}));

const raised: Messages = Object.fromEntries([
  ...declared.map(({ event, payload }) => [
    `event.${event.name}`,
    {
      title: `Event ${event.name}`,
      summary: event.description,
      headers: headers('Nats-Msg-Id'),
      payload,
    },
  ]),
  [
    'event.other',
    {
      title: 'Any other event',
      summary: 'Raised by name through the management API, with any data, or by another instance',
      headers: headers('Nats-Msg-Id'),
      payload: { allOf: [ref('EventRaised')], not: { anyOf: declared.map(({ payload }) => payload) } },
    },
  ],
]);

/** Inputs that are the same for every declaration. */
const inputs: Messages = {
  completed: {
    title: 'An activity succeeded',
    headers: headers('Nats-Msg-Id'),
    payload: ref('ActivityCompleted'),
  },
  failed: {
    title: 'An activity failed for good',
    headers: headers('Nats-Msg-Id'),
    payload: ref('ActivityFailed'),
  },
  timer: {
    title: 'A timer',
    summary: 'Published by the server when it is due',
    headers: headers('Nats-Schedule', 'Nats-Schedule-Target'),
    payload: ref('TimerFired'),
  },
  control: {
    title: 'Control',
    summary: 'Suspends, resumes, ends, rewinds, restarts or purges an instance',
    payload: ref('Control'),
  },
};

const tasks: Messages = Object.fromEntries(
  (activities as readonly ActivityContract<object, unknown>[]).map(({ name, description, input }) => [
    taskName(name),
    {
      title: `Task ${name}`,
      summary: description,
      headers: headers('Nats-Expected-Last-Subject-Sequence', 'Nats-TTL'),
      payload: narrowed('Task', { input: ref(input) }),
    },
  ]),
);

const others: Messages = {
  step: {
    title: 'A step',
    headers: headers('Nats-Expected-Last-Subject-Sequence'),
    payload: ref('Step'),
  },
  progress: {
    title: 'Progress of an activity',
    headers: headers('Nats-Rollup', 'Nats-TTL'),
    payload: ref('Progress'),
  },
  parked: {
    title: 'Why an instance stands still',
    headers: headers('Nats-Rollup'),
    payload: ref('ParkedMarker'),
  },
  purged: {
    title: 'An instance was purged',
    headers: headers('Nats-Rollup', 'Nats-TTL'),
    payload: ref('PurgedNotice'),
  },
  swept: {
    title: 'How far ended instances were looked for',
    summary: 'Sequence of the next step to look at',
    headers: headers('Nats-Rollup'),
    payload: { type: 'integer', minimum: 1 },
  },
  shares: { title: 'What a coordinator has, and gives', payload: ref('CoordinatorShares') },
  deadLetter: { title: 'What could not be decoded', payload: ref('DeadLetter') },
};

/** Messages that an instance's `.in` subject carries. */
export const inputMessages: Messages = { ...starts, ...inputs, ...raised };
export const allMessages: Messages = { ...inputMessages, ...tasks, ...others };
