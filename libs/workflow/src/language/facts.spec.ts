import { isoTime, patched, random, uuid, waitForEvent } from '..';
import { begin, go } from '../testing/refs';

/** Three of each. */
const draw = (id: string) =>
  begin(
    function* () {
      const uuids = [yield* uuid(), yield* uuid(), yield* uuid()];
      const numbers = [yield* random(), yield* random(), yield* random()];
      return { uuids, numbers };
    },
    { id },
  ).step.result as { uuids: string[]; numbers: number[] };

describe('uuid and random', () => {
  it('differ from each other and from other instances’, and are the same on replay', () => {
    const [one, two] = [draw('one'), draw('two')];
    expect(new Set([...one.uuids, ...two.uuids]).size).toBe(6);
    expect(new Set([...one.numbers, ...two.numbers]).size).toBe(6);
    expect(draw('one')).toEqual(one);
  });

  it('are well-formed', () => {
    const { uuids, numbers } = draw('one');
    for (const id of uuids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const number of numbers) expect(number >= 0 && number < 1).toBe(true);
  });

  it('differ from run to run', () => {
    const instance = begin(() => uuid());
    const first = instance.step.result;
    instance.control('restart');
    expect(instance.step.result).not.toBe(first);
  });
});

describe('patched', () => {
  it('is true for an instance that comes here for the first time, and stays so', () => {
    const instance = begin(function* () {
      const before = yield* patched('ask-twice');
      yield* waitForEvent(go);
      return [before, yield* patched('ask-twice'), yield* patched('another')];
    });
    expect(instance.step.commands).toMatchObject([{ kind: 'patch', name: 'ask-twice' }, { kind: 'wait' }]);
    instance.raise('go');
    expect(instance.step.result).toEqual([true, true, true]);
  });
});

it('isoTime tells a moment in UTC', () => {
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z');
});
