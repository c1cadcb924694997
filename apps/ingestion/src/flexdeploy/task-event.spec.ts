import { Problem } from '@countersign/service';
import { readEvent, readTask, textAt } from './task-event';
import { DEFAULT_PATHS, readPaths } from './webhook-paths';

const event = (payload: unknown, more: object = {}) =>
  readEvent({ eventType: 'Task Created', payload, ...more });

function problemOf(act: () => unknown): Problem {
  try {
    act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('It was not refused');
}

describe('an event', () => {
  it.each([null, 'x', 5, [], [{ eventType: 'Task Created' }]])('is not %j', (body) => {
    expect(problemOf(() => readEvent(body)).getStatus()).toBe(400);
  });

  it.each([undefined, null, '', '  ', 5, ['Task Created'], 'x'.repeat(101)])(
    'has no type %j',
    (eventType) => {
      expect(problemOf(() => readEvent({ eventType })).more.errors).toMatchObject([{ field: 'eventType' }]);
    },
  );
});

describe('what an event tells', () => {
  it.each<[string, object, string]>([
    ['payload.taskId', { payload: { taskId: '8900' } }, '8900'],
    ['a number', { payload: { taskId: 8900 } }, '8900'],
    ['with blanks around it', { payload: { taskId: ' 8900 ' } }, '8900'],
    ['payload.task.id', { payload: { task: { id: 7 } } }, '7'],
    ['object.id', { payload: {}, object: { id: '7' } }, '7'],
    ['the first that is a text', { payload: { taskId: { value: 1 }, id: '7' } }, '7'],
    ['the first that is not empty', { payload: { taskId: ' ', id: '7' } }, '7'],
  ])('is found at %s', (_, body, id) => {
    expect(textAt(readEvent({ eventType: 'Task Created', ...body }), DEFAULT_PATHS.taskId)).toBe(id);
  });

  it.each(['payload.constructor.name', '__proto__.x', 'payload.taskId.length'])(
    'is never what every object has, as %s',
    (path) => {
      expect(textAt(event({ taskId: '8900' }), [path])).toBeUndefined();
    },
  );

  it('may be in a list', () => {
    expect(textAt(event({ tasks: [{ id: 'first' }] }), ['payload.tasks.0.id'])).toBe('first');
  });
});

describe('a task', () => {
  it('has a description, facts in their order, and who asked', () => {
    const payload = {
      description: 'DiPocket goes to PROD',
      projectName: 'DiPocket',
      environmentName: 'PROD',
      requestedBy: 'jdoe',
      whatever: { the: 'vendor adds' },
    };
    expect(readTask(event(payload), DEFAULT_PATHS)).toEqual({
      description: 'DiPocket goes to PROD',
      requestedBy: 'jdoe',
      facts: [
        { label: 'Environment', value: 'PROD' },
        { label: 'Project', value: 'DiPocket' },
      ],
    });
  });

  it('was asked for by who caused the event, where nothing else is said', () => {
    expect(readTask(event({ description: 'x' }, { actor: 'jdoe' }), DEFAULT_PATHS).requestedBy).toBe('jdoe');
    const actor = { userName: 'jdoe', email: 'j@example.com' };
    expect(readTask(event({ description: 'x' }, { actor }), DEFAULT_PATHS).requestedBy).toBe('jdoe');
  });

  it('is cut where its texts are too long, visibly, and never inside a character', () => {
    const { description, facts } = readTask(
      event({ description: '👋'.repeat(3000), environmentName: 'x'.repeat(3000) }),
      DEFAULT_PATHS,
    );
    expect([description.length, description.at(-1), description.isWellFormed()]).toEqual([3000, '…', true]);
    expect(facts[0]?.value).toBe(`${'x'.repeat(1999)}…`);
  });

  it('without a description is refused: says where it was looked for, and which setting changes that', () => {
    const problem = problemOf(() =>
      readTask(event({ taskId: 1 }), readPaths('{"description": "payload.title"}')),
    );
    expect([problem.getStatus(), problem.more.errors?.[0]]).toEqual([
      400,
      { field: 'description', message: expect.stringMatching(/payload\.title; FLEXDEPLOY_WEBHOOK_PATHS/) },
    ]);
  });
});
