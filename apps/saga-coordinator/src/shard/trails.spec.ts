import { Trails } from './trails';

it('follows an instance from its first step on', () => {
  const trails = new Trails(10);
  trails.add('a', 0, 5);
  trails.add('a', 5, 9);
  expect(trails.get('a')).toEqual([5, 9]);
});

it('forgets an instance of which it missed a step, until it is told all of them', () => {
  const trails = new Trails(10);
  trails.add('a', 0, 5);
  trails.add('a', 7, 9);
  expect(trails.get('a')).toBeUndefined();
  trails.add('b', 7, 9);
  expect(trails.get('b')).toBeUndefined();
  trails.set('a', [5, 7, 9]);
  trails.add('a', 9, 12);
  expect(trails.get('a')).toEqual([5, 7, 9, 12]);
});

it('keeps so many sequences, and forgets first what was not added to for longest', () => {
  const trails = new Trails(4);
  trails.set('a', [1, 2]);
  trails.set('b', [3]);
  trails.add('a', 2, 4);
  expect([trails.get('a'), trails.get('b')]).toEqual([[1, 2, 4], [3]]);
  trails.set('c', [5]);
  expect([trails.get('a'), trails.get('b'), trails.get('c')]).toEqual([[1, 2, 4], undefined, [5]]);
  trails.delete('a');
  trails.set('d', [6, 7, 8]);
  expect([trails.get('c'), trails.get('d')]).toEqual([[5], [6, 7, 8]]);
});
