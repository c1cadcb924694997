import { parseRules } from './rules-file';

const parse = (...rules: unknown[]) => parseRules(JSON.stringify({ rules }));
const approval = { channel: 'email', to: 'ops@example.com', quorum: 2 };

describe('a file of rules', () => {
  it('says which approvals they are about, and what holds for them', () => {
    expect(
      parse({ workflow: 'NotifyOnTask', when: { Environment: 'PROD*' }, approval }, { approval: {} }),
    ).toEqual([
      { workflow: 'NotifyOnTask', when: [['Environment', /^PROD.*$/is]], approval },
      { workflow: undefined, when: [], approval: {} },
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{"rules": [', /^it is not JSON: /],
    ['a list', '[]', /^it is not a JSON object$/],
    ['no rules', '{}', /^rules is missing$/],
    ['an object of rules', '{"rules": {}}', /^rules must be an array/],
    ['a rule that is a text', '{"rules": ["x"]}', /rules\.0 must be an object$/],
    ['something else beside the rules', '{"rules": [], "ruels": []}', /^ruels is not known$/],
  ])('with %s is refused', (_, text, message) => {
    expect(() => parseRules(text)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
  });

  it.each<[string, object, RegExp]>([
    ['no policy', {}, /^rules\.0\.approval is missing/],
    ['a policy that is a text', { approval: 'email' }, /^rules\.0\.approval must be an object/],
    [
      'a workflow without approvals',
      { workflow: 'QueryAudit', approval },
      /^rules\.0\.workflow must be one of/,
    ],
    ['a misspelt field', { wehn: {}, approval }, /^rules\.0\.wehn is not known$/],
    [
      'a misspelt field of the policy',
      { approval: { quorom: 2 } },
      /^rules\.0\.approval\.quorom is not known$/,
    ],
    [
      'an unknown channel',
      { approval: { channel: 'pigeon' } },
      /^rules\.0\.approval\.channel must be one of/,
    ],
    ['a quorum of none', { approval: { quorum: 0 } }, /^rules\.0\.approval\.quorum must not be less than 1$/],
    [
      'a quorum that cannot be reached',
      { approval: { quorum: 2, approvers: { users: ['U1'] } } },
      /^rules\.0\.approval\.quorum must not be more than there are approvers$/,
    ],
    ['an escalation without a time', { approval: { escalation: {} } }, /escalation\.afterSeconds is missing/],
    ['a place without its channel', { approval: { to: 'C1' } }, /^rules\.0\.approval must name the channel/],
    [
      'a place of the escalation without its channel',
      { approval: { escalation: { afterSeconds: 5, to: 'C1' } } },
      /^rules\.0\.approval must name the channel/,
    ],
    [
      'a pattern that is no text',
      { when: { Environment: ['PROD'] }, approval },
      /^rules\.0\.when must give a text/,
    ],
    ['an empty pattern', { when: { Environment: '' }, approval }, /^rules\.0\.when must give a text/],
    ['a list of patterns', { when: ['PROD'], approval }, /^rules\.0\.when must/],
  ])('with a rule with %s is refused, by the name of the field', (_, rule, message) => {
    expect(() => parse(rule)).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  });

  it('names everything that is wrong at once', () => {
    expect(() => parse({ approval: { quorum: 'two' } }, { approval: { channel: 'fax' } })).toThrow(
      /rules\.0\.approval\.quorum .*; rules\.1\.approval\.channel /,
    );
  });
});
