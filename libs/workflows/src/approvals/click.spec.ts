import { readDecision, readDoorDecision } from './click';

const by = { id: 'U1', name: 'Ada' };
const decision = { action: 'approve', by, channel: 'slack' };
const long = 'x'.repeat(5000);

describe('the data of a decision', () => {
  it('is read as it is', () => {
    const whole = { ...decision, id: 'c1', reason: 'fine', triggerId: 't1' };
    expect(readDecision(whole)).toEqual(whole);
    expect(readDecision(decision)).toEqual(decision);
  });

  it('is nothing else than what belongs to it', () => {
    expect(readDecision({ ...decision, admin: true, by: { ...by, role: 'root' } })).toEqual(decision);
  });

  it('has no reason where that is blank', () => {
    expect(readDecision({ ...decision, reason: ' \n' })).toEqual(decision);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty object', {}],
    ['a text', 'approve'],
    ['a number', 1],
    ['a list', [decision]],
    ['no action', { by, channel: 'slack' }],
    ['another action', { ...decision, action: 'APPROVE' }],
    ['an inherited name as action', { ...decision, action: 'constructor' }],
    ['nobody', { action: 'approve', channel: 'slack' }],
    ['a text for a person', { ...decision, by: 'Ada' }],
    ['a person without a name', { ...decision, by: { id: 'U1' } }],
    ['a person with an empty id', { ...decision, by: { id: ' ', name: 'Ada' } }],
    ['a huge name', { ...decision, by: { id: 'U1', name: long } }],
    ['no door', { action: 'approve', by }],
    ['a huge reason', { ...decision, reason: long }],
    ['a reason that is no text', { ...decision, reason: { $gt: '' } }],
    ['an id that is no text', { ...decision, id: 7 }],
    ['a huge trigger', { ...decision, triggerId: long }],
  ])('that is %s is no decision', (_, data) => {
    expect(readDecision(data)).toBeUndefined();
  });

  it('carries no character that takes more room in a status than three bytes', () => {
    const nasty = '\u0000\u0007\u001b\ud800"';
    const read = readDecision({ ...decision, reason: `a${nasty}`, by: { id: 'U1', name: nasty } });
    expect(read).toMatchObject({ reason: 'a   \ufffd"', by: { name: '   \ufffd"' } });
  });
});

describe("the data of an application's own event", () => {
  it('approves where it is empty', () => {
    const approves = { action: 'approve', by: { id: 'http', name: 'Somebody' }, channel: 'http' };
    expect(readDoorDecision({})).toEqual(approves);
    expect(readDoorDecision(null)).toEqual(approves);
    expect(readDoorDecision({ approved: true })).toEqual(approves);
  });

  it('rejects where it says so, with its reason', () => {
    expect(readDoorDecision({ approved: false, reason: 'no', id: 'r1' })).toEqual({
      id: 'r1',
      action: 'reject',
      by: { id: 'http', name: 'Somebody' },
      channel: 'http',
      reason: 'no',
    });
  });

  it('tells who has a key; anybody else is only who they say they are', () => {
    const ci = { id: 'key:ci', name: 'CI' };
    expect(readDoorDecision({ by: ci })).toMatchObject({ by: ci, channel: 'key' });
    expect(readDoorDecision({ by })).toMatchObject({ by: { id: 'http', name: 'Ada' }, channel: 'http' });
  });

  it.each<[string, unknown]>([
    ['a text', 'yes'],
    ['a list', []],
    ['a text for approved', { approved: 'false' }],
    ['a zero for approved', { approved: 0 }],
    ['a text for a person', { by: 'Ada' }],
    ['a huge reason', { reason: long }],
  ])('that is %s is no decision', (_, data) => {
    expect(readDoorDecision(data)).toBeUndefined();
  });
});
