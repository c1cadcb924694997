/** What routes of ingestion have in common, for the OpenAPI document. */
import { type AnswerDescription, ref } from '@countersign/service';

/** The answer to what started an instance. */
export const startedAnswer: AnswerDescription = {
  description: 'Stored: the instance will run, whatever happens now',
  body: ref('Accepted'),
  headers: ['Location', 'Operation-Location', 'Retry-After'],
};

export const idempotencyKey = {
  description:
    'Makes a start repeatable: the same key with the same body leads to the same instance. 1 to 255 visible ' +
    'characters.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
} as const;
