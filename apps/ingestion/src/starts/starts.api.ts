/** How starts are described in the OpenAPI document. */
import { workflows } from '@countersign/contracts';
import { answers, type OperationDescription, problem, ref } from '@countersign/service';
import { idempotencyKey, startedAnswer } from '../http/http.api';

export const startWorkflow: OperationDescription = {
  tag: 'Start',
  key: 'function',
  summary: 'Start a workflow',
  description: workflows.map(({ name, description }) => `- \`${name}\`: ${description}`).join('\n'),
  params: {
    workflow: {
      description: 'Name of the workflow',
      schema: { type: 'string', enum: workflows.map(({ name }) => name) },
    },
    instanceId: {
      description: 'Id that the instance gets. Without it: one that nobody can guess',
      schema: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^@/\\\\#?][^/\\\\#?]*$' },
    },
  },
  query: {
    management: {
      description: 'Adds the links of the management API to the answer. Needs a system key',
      schema: { type: 'boolean', default: false },
    },
  },
  headers: { 'idempotency-key': idempotencyKey },
  body: { anyOf: workflows.map(({ input }) => ref(input)) },
  examples: {
    NotifyOnTask: { taskid: '8900', description: 'DiPocket v. is about to be deployed to PROD' },
    QueryAudit: { start: '2021-10-10', end: '2021-12-10' },
  },
  answers: {
    ...answers.body,
    ...answers.key,
    ...answers.storage,
    202: {
      ...startedAnswer,
      body: { anyOf: [ref('Accepted'), { allOf: [ref('Accepted'), ref('ManagementLinks')] }] },
    },
    404: problem('There is no such workflow'),
    409: problem('An instance with this id exists; follow `Location` to it', ['Location']),
    422: problem('This Idempotency-Key came with another body before'),
  },
};
