import { Problem } from '@countersign/service';
import { readSlackClick } from './slack-click';

const press = {
  type: 'block_actions',
  user: { id: 'U1', username: 'jane', name: 'Jane', team_id: 'T1' },
  api_app_id: 'A1',
  container: { type: 'message' },
  actions: [{ type: 'button', action_id: 'approve', block_id: 'b', value: 'the-token', action_ts: '1.2' }],
};
const form = (payload: unknown) => ({ payload: JSON.stringify(payload) });

describe("what Slack's form says", () => {
  it('is who pressed which button of which approval', () => {
    expect(readSlackClick(form(press))).toEqual({
      token: 'the-token',
      decision: { action: 'approve', by: { id: 'U1', name: 'Jane' }, channel: 'slack' },
    });
  });

  it.each([
    [{ id: 'U1', username: 'jane' }, 'jane'],
    [{ id: 'U1', name: '', username: 'jane' }, 'jane'],
    [{ id: 'U1' }, 'U1'],
  ])('names the user %j as %s', (user, name) => {
    expect(readSlackClick(form({ ...press, user }))?.decision.by).toEqual({ id: 'U1', name });
  });

  it.each([
    ['another kind of interaction', { type: 'view_submission', user: press.user }],
    ['another button', { ...press, actions: [{ action_id: 'open', value: 'x' }] }],
    ['no action at all', { ...press, actions: [] }],
  ])('is nothing for us when it tells of %s', (_, payload) => {
    expect(readSlackClick(form(payload))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['no payload', {}],
    ['no form', undefined],
    ['a payload that is no JSON', { payload: '{' }],
    ['two payloads', { payload: ['{}', '{}'] }],
    ['a payload that is null', form(null)],
    ['a payload that is a list', form([press])],
    ['no type', form({ ...press, type: undefined })],
    ['no user', form({ ...press, user: undefined })],
    ['a user without an id', form({ ...press, user: { name: 'Jane' } })],
    ['actions that are no list', form({ ...press, actions: 'approve' })],
    ['an action that is null', form({ ...press, actions: [null] })],
    ['a button without a value', form({ ...press, actions: [{ action_id: 'reject' }] })],
    ['a value that is no text', form({ ...press, actions: [{ action_id: 'reject', value: 1 }] })],
  ])('is refused with 400 when there is %s', (_, garbage) => {
    expect(() => readSlackClick(garbage)).toThrow(Problem);
  });
});
