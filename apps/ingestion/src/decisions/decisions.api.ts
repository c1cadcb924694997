/** How the doors to a decision are described in the OpenAPI document. */
import {
  type AnswerDescription,
  answers,
  type OperationDescription,
  problem,
  ref,
} from '@countersign/service';

const params = {
  token: 'Token of the approval, as the link in its message has it. Whoever has it may decide',
};

const decided: AnswerDescription = {
  description:
    'The decision is stored. Whether it won, or how many more are needed, is in the status of the instance',
  body: ref('Accepted'),
  headers: ['Location', 'Retry-After'],
};

/** `code` of the problem tells them apart. */
const refused = {
  403: problem('The click does not count; `refused` says why (`ApprovalRefused`)'),
  404: problem('No approval has this token (`ApprovalUnknown`)'),
  409: problem('Decided before; `decision` says by whom and when (`ApprovalUsed`)'),
  410: problem(
    'It expired (`ApprovalExpired`), or there is nothing to decide any more (`ApprovalWithdrawn`)',
  ),
  422: problem('Who rejects must say why (`ApprovalRefused`)'),
};

const page: AnswerDescription = {
  description: 'A page for people',
  type: 'text/html',
  body: { type: 'string' },
};

export const actionOnToken: OperationDescription = {
  tag: 'Approvals',
  summary: 'Decide by HTTP, for channels of your own',
  description:
    'Whoever has the token may decide. Where the approval names its approvers, a key tells who decides: the ' +
    'approver `key:NAME`.',
  query: { code: 'A key of the caller; it may come in a header, too' },
  examples: { approve: { token: 'TOKEN', action: 'approve', by: 'Anna Lindqvist' } },
  answers: {
    ...answers.body,
    ...answers.storage,
    ...refused,
    202: decided,
    401: problem('The key is not known, or has expired', ['WWW-Authenticate']),
  },
};

export const showApproval: OperationDescription = {
  tag: 'Approvals',
  summary: 'The page of an approval',
  description: 'Looking decides nothing.',
  params,
  answers: { 200: page, 404: page, 409: page, 410: page, 503: page },
};

export const decideOnPage: OperationDescription = {
  tag: 'Approvals',
  summary: 'Decide on the page of an approval',
  description: 'Answers a page to who accepts `text/html`, else JSON.',
  params,
  headers: { accept: '`text/html` gets a page' },
  bodyTypes: ['application/x-www-form-urlencoded', 'application/json'],
  answers: { ...answers.body, ...answers.storage, ...refused, 202: decided },
};

export const slackAction: OperationDescription = {
  tag: 'Approvals',
  key: 'slack',
  summary: 'Presses of buttons and submitted dialogs in Slack',
  description: 'The interactivity request URL of the Slack app. Answers once the click is stored.',
  headers: {
    'x-slack-request-timestamp': {
      description: 'Seconds since the epoch; at most five minutes from now',
      schema: { type: 'string' },
      required: true,
    },
  },
  body: {
    type: 'object',
    properties: {
      payload: { type: 'string', description: "JSON of Slack's `block_actions` or `view_submission`" },
    },
    required: ['payload'],
  },
  bodyTypes: ['application/x-www-form-urlencoded'],
  answers: {
    200: {
      description: 'Stored, or nothing of ours; or words for the person who clicked, or for their dialog',
      body: {
        type: 'object',
        properties: {
          response_type: { const: 'ephemeral' },
          replace_original: { const: false },
          text: { type: 'string' },
          response_action: { const: 'errors' },
          errors: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
    },
    400: problem('It is not what Slack sends'),
    401: problem('The signature is wrong, or too old'),
    ...answers.storage,
  },
};
