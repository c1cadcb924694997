/** How FlexDeploy's webhook is described in the OpenAPI document. */
import { answers, type OperationDescription, problem } from '@countersign/service';
import { startedAnswer } from '../http/http.api';

export const webhook: OperationDescription = {
  tag: 'Start',
  key: 'flexdeploy',
  summary: "FlexDeploy's webhook",
  description:
    'Takes the events that FlexDeploy sends. `Task Created` starts `NotifyOnTask`, once for each task; any other ' +
    'event of a task makes its instance ask FlexDeploy at once what became of it. A task that is raised here and by ' +
    'a start of `NotifyOnTask`, too, has two approvals: use one of the two.',
  body: {
    type: 'object',
    properties: {
      eventType: { type: 'string', minLength: 1, maxLength: 100 },
      actor: {},
      object: {},
      timestamp: { type: 'string', description: "FlexDeploy's own notation; it is not read" },
      payload: { type: 'object', description: 'Of the event; FLEXDEPLOY_WEBHOOK_PATHS says what is where' },
    },
    required: ['eventType'],
  },
  examples: {
    'Task Created': {
      eventType: 'Task Created',
      actor: 'jdoe',
      timestamp: '2023-10-18 05:45:44 -0500',
      payload: {
        taskId: 8900,
        description: 'DiPocket v. is about to be deployed to PROD',
        environmentName: 'PROD',
        projectName: 'DiPocket',
      },
    },
  },
  answers: {
    ...answers.body,
    ...answers.storage,
    200: {
      description: 'Nothing to do with it; sending it again changes nothing',
      body: { type: 'object', properties: { ignored: { type: 'string' } }, required: ['ignored'] },
    },
    202: startedAnswer,
    401: problem('The shared secret is missing or wrong'),
    404: problem('No shared secret is set here'),
  },
};
