import type { Problem } from '../problem';
import { Waits } from './waits';

const refusal = (enter: () => unknown) => {
  try {
    enter();
  } catch (error) {
    const { more, getStatus } = error as Problem;
    return [getStatus.call(error), more.headers?.['retry-after']];
  }
  return undefined;
};

it('lets so many wait of one client, so many of all, and tells the others when to come again', () => {
  const waits = new Waits({ all: 3, each: 2 });
  const leave = waits.enter('a');
  waits.enter('a');
  expect(refusal(() => waits.enter('a'))).toEqual([429, '5']);
  waits.enter('b');
  expect(refusal(() => waits.enter('c'))).toEqual([503, '5']);
  leave();
  expect(refusal(() => waits.enter('c'))).toBeUndefined();
});

it('has no limit where that is 0', () => {
  const waits = new Waits({ all: 0, each: 0 });
  for (let n = 0; n < 100; n++) waits.enter('a');
  expect(refusal(() => waits.enter('a'))).toBeUndefined();
});
