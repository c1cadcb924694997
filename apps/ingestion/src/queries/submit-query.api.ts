/** How the query is described in the OpenAPI document. */
import { answers, type OperationDescription, problem, ref } from '@countersign/service';
import { idempotencyKey, startedAnswer } from '../http/http.api';

const day = (which: string, example: string) => ({
  description: `${which} day of the range: day first (\`10/12/2021\` is 10 December), or ISO 8601`,
  required: true,
  example,
});

export const submitQuery: OperationDescription = {
  tag: 'Start',
  key: 'function',
  summary: 'Count the people in the audit table between two days',
  description: 'May take minutes; its progress shows in the status.',
  query: { s: day('First', '10/10/2021'), e: day('Last', '10/12/2021') },
  headers: { 'idempotency-key': idempotencyKey },
  answers: {
    ...answers.key,
    ...answers.storage,
    202: {
      ...startedAnswer,
      body: {
        type: 'object',
        properties: { statusUri: { type: 'string', format: 'uri' } },
        required: ['statusUri'],
      },
    },
    400: {
      description: 'The first thing that is wrong with the days, in exactly these words',
      body: { type: 'object', properties: { error: ref('DateRangeError') }, required: ['error'] },
    },
    422: problem('This Idempotency-Key came with other days before'),
  },
};
