import type { InputBody, Source } from '../protocol/inputs';
import { Correspondence, sourceKey } from './correspondence';

const parent: Source = { id: 'parent', run: 7, n: 3 };
const signalled = (n: number, id = 'sender'): InputBody => ({
  type: 'event',
  name: 'go',
  data: null,
  source: { id, run: 1, n },
});
const childOf = (source: Source | undefined) => {
  const child = new Correspondence('child');
  child.belongsTo(source);
  return child;
};

describe('signals', () => {
  it('count once for each place that they come from (hazard 10)', () => {
    const instance = childOf(undefined);
    const bodies = [signalled(1), signalled(1), signalled(2), signalled(1, 'another'), signalled(2)];
    expect(bodies.map((body) => instance.isRepeated(body))).toEqual([false, true, false, false, true]);
  });

  it('are known again by what an earlier history says', () => {
    const instance = childOf(undefined);
    instance.assume([sourceKey({ id: 'sender', run: 1, n: 1 })]);
    expect([instance.isRepeated(signalled(1)), instance.isRepeated(signalled(2))]).toEqual([true, false]);
  });

  it('are remembered in a bounded number, the newest', () => {
    const instance = childOf(undefined);
    for (let n = 1; n <= 501; n++) instance.isRepeated(signalled(n));
    const newest = instance.newestSources();
    expect([newest.length, newest[0], newest.at(-1)]).toEqual([500, 'sender/1/2', 'sender/1/501']);
    expect([instance.isRepeated(signalled(501)), instance.isRepeated(signalled(1))]).toEqual([true, false]);
  });

  it('are told from events of people, which come from nowhere and count each time', () => {
    const instance = childOf(undefined);
    const raised: InputBody = { type: 'event', name: 'go', data: null };
    expect([instance.isRepeated(raised), instance.isRepeated(raised)]).toEqual([false, false]);
    expect(instance.newestSources()).toEqual([]);
  });
});

describe('a parent', () => {
  it('is told of every end, how it came', () => {
    const child = childOf(parent);
    const error = { code: 'Down', message: 'down', retryable: false };
    child.tellEnd({ result: 'done', error: undefined });
    child.tellEnd({ result: undefined, error: undefined });
    child.tellEnd({ result: undefined, error });
    expect(child.takeReplies()).toEqual([
      { to: parent, body: { type: 'completed', run: 7, n: 3, result: 'done' } },
      { to: parent, body: { type: 'completed', run: 7, n: 3, result: null } },
      { to: parent, body: { type: 'failed', run: 7, n: 3, error } },
    ]);
    expect(child.takeReplies()).toEqual([]);
  });

  it('is there only for children', () => {
    const instance = childOf(undefined);
    instance.tellEnd({ result: 'done', error: undefined });
    expect(instance.takeReplies()).toEqual([]);
    expect([instance.isParent(parent), instance.isParentRewound(parent)]).toEqual([false, false]);
  });

  it.each([
    ['the same wait', parent, 'isParent'],
    ['another wait of the same run', { ...parent, n: 4 }, 'nobody'],
    ['another run', { ...parent, run: 8 }, 'nobody'],
    ['another instance', { ...parent, id: 'stranger' }, 'nobody'],
    ['a wait that a rewind decided anew', { ...parent, n: 1_000_000_001 }, 'isParentRewound'],
    ['a rewind of another run', { ...parent, run: 8, n: 1_000_000_001 }, 'nobody'],
    ['a rewind of another instance', { id: 'stranger', run: 7, n: 1_000_000_001 }, 'nobody'],
  ])('is recognised: %s', (_, source, as) => {
    const child = childOf(parent);
    expect([child.isParent(source), child.isParentRewound(source)]).toEqual([
      as === 'isParent',
      as === 'isParentRewound',
    ]);
  });

  it('that was rewound is not the parent from before any more', () => {
    const again = { ...parent, n: 1_000_000_001 };
    const child = childOf(again);
    expect([child.isParent(again), child.isParent(parent), child.isParentRewound(parent)]).toEqual([
      true,
      false,
      false,
    ]);
    child.tellEnd({ result: 'done', error: undefined });
    expect(child.takeReplies()).toMatchObject([{ to: again, body: { n: again.n } }]);
  });
});

it('who wants the id of another one’s child is told at once, and may choose another', () => {
  const child = childOf(parent);
  const stranger = { id: 'stranger', run: 9, n: 1 };
  expect(child.refuse(stranger).outcome).toBe('refused');
  expect(child.takeReplies()).toMatchObject([
    {
      to: stranger,
      body: {
        type: 'failed',
        run: 9,
        n: 1,
        error: { code: 'ChildIdTaken', message: expect.stringContaining('the id child belongs to another') },
      },
    },
  ]);
  expect(child.parent).toEqual(parent);
});
