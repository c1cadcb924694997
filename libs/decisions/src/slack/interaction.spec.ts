import { Problem } from '@countersign/service';
import { readSlackClick } from './interaction';

const press = {
  type: 'block_actions',
  user: { id: 'U1', username: 'jane', name: 'Jane', team_id: 'T1' },
  api_app_id: 'A1',
  container: { type: 'message' },
  trigger_id: '1.2.abc',
  response_url: 'https://hooks.slack.com/actions/T1/1/x',
  actions: [{ type: 'button', action_id: 'approve', block_id: 'b', value: 'the-token', action_ts: '1.2' }],
};

const submission = {
  type: 'view_submission',
  user: { id: 'U1', username: 'jane', name: 'Jane' },
  trigger_id: '3.4.def',
  view: {
    id: 'V1',
    type: 'modal',
    callback_id: 'countersign_reason',
    private_metadata: 'the-token',
    state: { values: { reason: { reason: { type: 'plain_text_input', value: ' not on a Friday\n' } } } },
  },
};
const typed = (value: unknown) => ({
  ...submission,
  view: { ...submission.view, state: { values: { reason: { reason: { value } } } } },
});

describe('what Slack tells of a button', () => {
  it('is who pressed which one of which approval, with the leave to open a dialog', () => {
    expect(readSlackClick(press)).toEqual({
      from: 'button',
      token: 'the-token',
      decision: {
        action: 'approve',
        by: { id: 'U1', name: 'Jane' },
        channel: 'slack',
        triggerId: '1.2.abc',
      },
      once: '["U1","1.2"]',
      responseUrl: press.response_url,
    });
  });

  it.each([
    [{ id: 'U1', username: 'jane' }, 'jane'],
    [{ id: 'U1', name: '', username: 'jane' }, 'jane'],
    [{ id: 'U1' }, 'U1'],
  ])('names the user %j as %s', (user, name) => {
    expect(readSlackClick({ ...press, user })?.decision.by).toEqual({ id: 'U1', name });
  });

  it.each([undefined, '', 't'.repeat(201)])('counts without a trigger, too (%s)', (trigger_id) => {
    expect(readSlackClick({ ...press, trigger_id })?.decision).not.toHaveProperty('triggerId');
  });
});

describe('what Slack tells of the dialog', () => {
  it('is who rejects which approval, and why', () => {
    expect(readSlackClick(submission)).toEqual({
      from: 'dialog',
      token: 'the-token',
      decision: {
        action: 'reject',
        by: { id: 'U1', name: 'Jane' },
        channel: 'slack',
        reason: 'not on a Friday',
      },
      once: '["U1","V1"]',
    });
  });

  it.each([undefined, null, '', ' \n ', 7])('has no reason where %j was typed', (value) => {
    expect(readSlackClick(typed(value))?.decision).not.toHaveProperty('reason');
  });

  it('has a reason of at most 2,000 characters', () => {
    expect(readSlackClick(typed('x'.repeat(3000)))?.decision.reason).toHaveLength(2000);
  });
});

it.each([
  ['another kind of interaction', { type: 'view_closed', user: press.user }],
  ['another button', { ...press, actions: [{ action_id: 'open', value: 'x' }] }],
  ['no action at all', { ...press, actions: [] }],
  ['another dialog', { ...submission, view: { ...submission.view, callback_id: 'other' } }],
])('is nothing for us when it tells of %s', (_, payload) => {
  expect(readSlackClick(payload)).toBeUndefined();
});

it.each<[string, unknown]>([
  ['no payload', undefined],
  ['a payload that is null', null],
  ['a payload that is a list', [press]],
  ['no type', { ...press, type: undefined }],
  ['no user', { ...press, user: undefined }],
  ['a user without an id', { ...press, user: { name: 'Jane' } }],
  ['actions that are no list', { ...press, actions: 'approve' }],
  ['an action that is null', { ...press, actions: [null] }],
  ['a button without a value', { ...press, actions: [{ action_id: 'reject' }] }],
  ['a value that is no text', { ...press, actions: [{ action_id: 'reject', value: 1 }] }],
  ['no view', { ...submission, view: undefined }],
  ['a view that is null', { ...submission, view: null }],
  ['a view without a token', { ...submission, view: { ...submission.view, private_metadata: undefined } }],
  ['a view whose state is a text', { ...submission, view: { ...submission.view, state: 'x' } }],
  ['a dialog of nobody', { ...submission, user: undefined }],
])('is refused with 400 when there is %s', (_, garbage) => {
  expect(() => readSlackClick(garbage)).toThrow(Problem);
});
