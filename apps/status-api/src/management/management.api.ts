/** What OpenAPI says of the management API beyond what its code says. */
import {
  type AnswerDescription,
  answers,
  type OperationDescription,
  problem,
  ref,
} from '@countersign/service';

/** What the routes of one controller have in common. */
export const common = {
  tag: 'Management',
  key: 'system',
  params: {
    workflow: 'Name of a workflow',
    instanceId: 'Instance id',
    eventName: 'Name of the event, at most 128 bytes',
    entityName: 'Name of an entity',
    entityKey: 'Which one of its name',
  },
  answers: { ...answers.key, ...answers.storage },
} as const;

const invalid = problem('A parameter is not valid; `errors` names each');
const unknown = problem('There is no such instance');
const gone = problem('The state of the instance does not allow it; `detail` says why');
const links = (description: string): AnswerDescription => ({
  description,
  body: ref('ManagementLinks'),
  headers: ['Location', 'Retry-After'],
});

const pageOf = (type: string): AnswerDescription => ({
  description: 'A page',
  body: { type: 'array', items: ref(type) },
  headers: ['x-ms-continuation-token', 'x-list-behind'],
});

export const commonOfInstance = {
  ...common,
  answers: { ...common.answers, 400: invalid, 404: unknown },
} as const;

export const startOperation: OperationDescription = {
  summary: 'Start a workflow',
  body: {},
  examples: { NotifyOnTask: { taskid: '8900', description: 'DiPocket v. is about to be deployed to PROD' } },
  answers: {
    200: { description: 'It has ended within `timeout`', body: ref('InstanceStatus') },
    202: links('The start is stored. Links to manage the instance with'),
    500: { description: 'It has Failed within `timeout`', body: ref('InstanceStatus') },
    ...answers.body,
    404: problem('There is no such workflow'),
    409: problem('An instance with this id exists'),
  },
};

export const listOperation: OperationDescription = {
  summary: 'List and search instances',
  description:
    'In the order in which they were started. An instance is listed from its first step on. A page that ' +
    'is not the last has a continuation token; it is given back with the same filter.',
  headers: { 'x-ms-continuation-token': 'Token of the page before' },
  answers: {
    200: pageOf('InstanceStatus'),
    400: problem('A parameter is not valid, or the token belongs to another filter'),
  },
};

export const purgeManyOperation: OperationDescription = {
  summary: 'Delete instances that have ended',
  description: 'Those among the selected that go on are left as they are.',
  answers: {
    200: { description: 'They are gone', body: ref('PurgeHistoryResult') },
    400: invalid,
    404: problem('No instance that has ended fits'),
  },
};

export const statusOperation: OperationDescription = {
  summary: 'Everything about an instance',
  answers: {
    200: { description: 'It has ended', body: ref('InstanceStatus') },
    202: {
      description: 'It goes on: ask again at `Location`, not before `Retry-After`',
      body: ref('InstanceStatus'),
      headers: ['Location', 'Retry-After'],
    },
    500: { description: 'It has Failed (only where asked for)', body: ref('InstanceStatus') },
  },
};

export const purgeOperation: OperationDescription = {
  summary: 'Delete an instance that has ended',
  answers: {
    200: { description: 'It is gone', body: ref('PurgeHistoryResult') },
    202: { description: 'It will be gone: the purge is stored', body: ref('PurgeHistoryResult') },
    409: problem('It goes on: terminate it first'),
  },
};

export const raiseOperation: OperationDescription = {
  summary: 'Raise an event',
  body: {},
  answers: {
    202: { description: 'It is stored. What waits for it goes on; otherwise it is kept' },
    400: problem('The body is not JSON, or a parameter is not valid'),
    410: gone,
    413: answers.body[413],
  },
};

export const restartOperation: OperationDescription = {
  summary: 'Begin again, with the same input',
  answers: { 202: links('Links of the new instance, or of this one'), 410: gone },
};

export const controlOperation = (summary: string, description?: string): OperationDescription => ({
  summary,
  ...(description !== undefined && { description }),
  answers: { 202: { description: 'It is accepted' }, 410: gone },
});

const unknownEntity = problem('There is no such entity');

export const listEntitiesOperation: OperationDescription = {
  summary: 'List the entities of a name',
  headers: { 'x-ms-continuation-token': 'Token of the page before' },
  answers: {
    200: pageOf('EntityItem'),
    400: problem('A parameter is not valid, or the token belongs to another list'),
    404: unknownEntity,
  },
};

export const readEntityOperation: OperationDescription = {
  summary: 'State of an entity',
  answers: { 200: { description: 'The state', body: {} }, 400: invalid, 404: unknownEntity },
};

export const operateEntityOperation: OperationDescription = {
  summary: 'Send an operation to an entity',
  description: 'The first operation makes the entity.',
  body: {},
  answers: {
    202: { description: 'It is stored' },
    ...answers.body,
    400: problem('The operation is not known, or its input is not valid'),
    404: unknownEntity,
    409: problem('The entity is being deleted: send it again'),
  },
};

export const deleteEntityOperation: OperationDescription = {
  summary: 'Delete an entity',
  answers: {
    202: { description: 'It will be gone' },
    204: { description: 'It is gone' },
    400: invalid,
    404: unknownEntity,
  },
};
