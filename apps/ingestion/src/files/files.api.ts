/** How files are described in the OpenAPI document. */
import { answers, type OperationDescription, problem, ref } from '@countersign/service';
import { idempotencyKey } from '../http/http.api';

const common = { tag: 'Files', key: 'function' } as const;
const params = { fileId: 'Id of the file, as its upload answered' };
const none = problem('There is no such file');

export const addFile: OperationDescription = {
  ...common,
  summary: 'Upload a file',
  description:
    'Streamed to storage, up to 100 MiB. It is analysed once its upload is approved, and can be downloaded once its ' +
    'download is approved, too. The body is the file itself, or a form (`multipart/form-data`) with one file.',
  query: {
    name: 'Its name. Default: the one in `Content-Disposition`, `x-file-name` or the part of the form',
    approvalSeconds: {
      description: 'How long each approval is waited for. Default: a week',
      schema: { type: 'integer', minimum: 1 },
    },
    approval: 'Policy of both approvals, as JSON (`ApprovalPolicy`)',
  },
  headers: { 'idempotency-key': idempotencyKey },
  body: { type: 'string', format: 'binary' },
  bodyTypes: ['application/octet-stream', 'multipart/form-data'],
  answers: {
    ...answers.key,
    201: {
      description: 'Stored: the file is looked after, whatever happens now',
      body: {
        type: 'object',
        properties: { fileId: { type: 'string' }, statusUri: { type: 'string', format: 'uri' } },
        required: ['fileId', 'statusUri'],
      },
      headers: ['Location', 'Operation-Location'],
    },
    400: problem('It is empty, broke off, has no usable name, or is no form that this takes'),
    408: problem('It came too slowly'),
    413: problem('It is larger than 100 MiB'),
    415: problem('Its `Content-Type` is missing, or none that a file has'),
    422: problem('This Idempotency-Key came with another file before'),
    501: problem('Files are not taken here'),
    503: problem('Storage is out of reach. Nothing was kept', ['Retry-After']),
  },
};

const decision = (summary: string, example: { by?: string; reason?: string }): OperationDescription => ({
  ...common,
  summary,
  description: 'Waits a moment to say whether it counts.',
  params,
  body: ref('DecisionDetails'),
  bodyOptional: true,
  examples: { decision: example },
  answers: {
    ...answers.body,
    ...answers.storage,
    202: {
      description: 'The decision is stored',
      body: ref('Accepted'),
      headers: ['Location', 'Retry-After'],
    },
    401: answers.key[401],
    403: problem('The key does not allow this, or the policy does not; `code` says why'),
    404: none,
    409: problem('There is nothing to decide any more; `stage` says how far the file is', ['Location']),
  },
});

export const approveUpload = decision('Allow that a file is taken in', { by: 'Anna Lindqvist' });
export const rejectUpload = decision('Refuse a file', { by: 'Anna Lindqvist', reason: 'Not ours' });
export const approveDownload: OperationDescription = {
  ...decision('Allow that a file is downloaded', {}),
  description: 'May come before the approval of the upload: it is kept.',
};
export const rejectDownload = decision('Refuse that a file is downloaded', { reason: 'Personal data' });

export const downloadFile: OperationDescription = {
  ...common,
  summary: 'Get a link to a file',
  description: 'Read-only, for this file only, valid for one hour; a new one each time.',
  params,
  answers: {
    200: { description: 'What is known of the file, and the link', body: ref('Download') },
    401: answers.key[401],
    403: problem('The key does not allow this, or the file is not available; `stage` says how far it is'),
    404: none,
    501: problem('Files are not taken here'),
    503: problem('Storage is out of reach', ['Retry-After']),
  },
};
