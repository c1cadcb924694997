/** How the submission of a talk is described in the OpenAPI document. */
import { processSubmission } from '@countersign/contracts';
import { answers, type OperationDescription, problem, ref } from '@countersign/service';
import { idempotencyKey, startedAnswer } from '../http/http.api';

const talk = {
  speaker: {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    bio: 'Writes programs for an engine.',
    country: 'GB',
  },
  title: 'Notes on the Engine',
  description: 'What a machine can do that only follows what it is told, and what it never will.',
  track: 'Backend',
};

export const submitTalk: OperationDescription = {
  tag: 'Start',
  key: 'function',
  summary: 'Submit a talk',
  description:
    'It is moderated, shortlisted and selected; the custom status shows the stage, the result whether it is in ' +
    'the programme.',
  headers: { 'idempotency-key': idempotencyKey },
  body: ref(processSubmission.input),
  examples: { rules: talk, people: { ...talk, approval: { reasonOnReject: true } } },
  answers: {
    ...answers.body,
    ...answers.key,
    ...answers.storage,
    202: startedAnswer,
    422: problem('This Idempotency-Key came with another talk before'),
  },
};
