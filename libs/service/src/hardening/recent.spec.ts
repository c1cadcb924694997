import { Recent } from './recent';

it('forgets what was added least recently, and nothing while there is room', () => {
  const recent = new Recent(2);
  for (const entry of ['a', 'b', 'a', 'a']) recent.add(entry);
  expect([recent.has('a'), recent.has('b')]).toEqual([true, true]);
  recent.add('c');
  expect([recent.has('a'), recent.has('b'), recent.has('c')]).toEqual([true, false, true]);
});
