import { DEFAULT_PATHS, readPaths } from './webhook-paths';

const read = (paths: unknown) => readPaths(JSON.stringify(paths));

describe('where the webhook tells what', () => {
  it('has defaults', () => {
    expect(readPaths(undefined)).toBe(DEFAULT_PATHS);
    expect(read({})).toEqual(DEFAULT_PATHS);
  });

  it('is replaced one by one, by one place or several', () => {
    expect(read({ taskId: 'payload.key', facts: { Ticket: ['payload.ticket', 'object.ticket'] } })).toEqual({
      ...DEFAULT_PATHS,
      taskId: ['payload.key'],
      facts: { Ticket: ['payload.ticket', 'object.ticket'] },
    });
    expect(read({ facts: {} }).facts).toEqual({});
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{', /^it is not a JSON object$/],
    ['a list', '[]', /^it is not a JSON object$/],
    ['a number', '{"taskId": 5}', /^taskId must be a path/],
    ['an empty list', '{"description": []}', /^description must be a path/],
    ['a path with a hole', '{"requestedBy": "payload..user"}', /^requestedBy must be a path/],
    ['an unknown field', '{"task": "payload.id"}', /^task is not known$/],
    ['facts that are a list', '{"facts": ["payload.x"]}', /^facts must give a path/],
    ['a fact without a path', '{"facts": {"Environment": ""}}', /^facts must give a path/],
  ])('is refused with %s', (_, setting, message) => {
    expect(() => readPaths(setting)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
  });
});
