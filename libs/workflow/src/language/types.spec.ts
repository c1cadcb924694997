/**
 * What the compiler refuses. `tsc` checks the `@ts-expect-error` lines: where the next line
 * compiled, it would complain. Nothing here runs but to see that it loads.
 */
import {
  all,
  call,
  child,
  now,
  race,
  saga,
  setCustomStatus,
  signal,
  sleep,
  waitForEvent,
  workflow,
  type ActivityRef,
  type EventRef,
  type WorkflowRef,
} from '..';

interface Trip {
  to: string;
}
interface Seat {
  number: number;
}

const reserve: ActivityRef<Trip, Seat> = { name: 'reserve', queue: 'q' };
const paid: EventRef<{ amount: number }> = { name: 'paid' };
const travel: WorkflowRef<Trip, number> = { name: 'Travel' };
const v1 = { version: 1 };

/** Only compared by the compiler. */
const exactly = <T>() => ({ is: <U extends T>(value: U & ([T] extends [U] ? unknown : never)) => value });

export const accepted = workflow(travel, v1, function* (trip) {
  const seat = yield* call(reserve, { to: trip.to });
  const [other, at] = yield* all([call(reserve, trip), now()]);
  const first = yield* race({ money: waitForEvent(paid), limit: sleep(at) });
  if (first.winner === 'money') exactly<number>().is(first.value.amount);
  else exactly<void>().is(first.value);
  const kept = yield* saga(function* (saga) {
    return yield* saga.do(call(reserve, trip), (done) => signal(`${done?.number}`, paid, { amount: 0 }));
  });
  const many = yield* all([1, 2].map((to) => call(reserve, { to: `${to}` })));
  exactly<Seat[]>().is(many);
  return seat.number + other.number + kept.number + (yield* child(travel, trip));
});

export const refused = [
  // @ts-expect-error a yielded promise
  workflow(travel, v1, function* () {
    yield Promise.resolve(1);
    return 1;
  }),
  workflow(travel, v1, function* () {
    // @ts-expect-error a promise instead of an operation
    yield* Promise.resolve(1);
    return 1;
  }),
  // @ts-expect-error an async function
  workflow(travel, v1, async () => 1),
  // @ts-expect-error an async generator
  workflow(travel, v1, async function* () {
    return 1;
  }),
  // @ts-expect-error a forgotten *: an operation gives its result, not this function
  workflow(travel, v1, function () {
    return 1;
  }),
  // @ts-expect-error a text can be iterated, but not as an operation
  workflow(travel, v1, () => 'text'),
  // @ts-expect-error a forgotten yield*: the operation is returned, not its result
  workflow(travel, v1, function* (trip) {
    return call(reserve, trip);
  }),
  workflow(travel, v1, function* (trip) {
    const seat = call(reserve, trip);
    // @ts-expect-error a forgotten yield*: the operation has no such member
    return seat.number;
  }),
  // @ts-expect-error a forgotten star after yield: an operation is no effect
  workflow(travel, v1, function* (trip) {
    yield call(reserve, trip);
    return 1;
  }),
  workflow(travel, v1, function* (trip) {
    // @ts-expect-error a wrong input
    yield* call(reserve, { to: 1 });
    // @ts-expect-error a missing input
    yield* call(reserve);
    // @ts-expect-error wrong data of a signal
    yield* signal('x', paid, { amount: '1' });
    // @ts-expect-error a wrong input of a child
    yield* child(travel, { from: 'x' });
    // @ts-expect-error an option that does not exist
    yield* call(reserve, trip, { timeout: 5 });
    // @ts-expect-error a bare string instead of a declaration
    yield* waitForEvent('paid');
    // @ts-expect-error a promise among the branches
    yield* all([call(reserve, trip), Promise.resolve(1)]);
    // @ts-expect-error a promise among the branches
    yield* race({ seat: call(reserve, trip), other: Promise.resolve(1) });
    return 1;
  }),
  // @ts-expect-error a wrong result
  workflow(travel, v1, function* (trip) {
    return (yield* call(reserve, trip)).number.toString();
  }),
  workflow(travel, v1, function* (trip) {
    // @ts-expect-error a member that the input does not have
    yield* setCustomStatus(trip.from);
    const seat = yield* call(reserve, trip);
    // @ts-expect-error a member that the result does not have
    yield* setCustomStatus(seat.row);
    const first = yield* race({ money: waitForEvent(paid), limit: sleep(1) });
    // @ts-expect-error the winner is not known yet
    yield* setCustomStatus(first.value.amount);
    // @ts-expect-error no branch has that name
    if (first.winner === 'other') return 2;
    return 1;
  }),
  // @ts-expect-error a version is needed
  workflow(travel, {}, function* () {
    return 1;
  }),
];

it('is checked by the compiler', () => {
  expect(refused.every(({ name }) => name === 'Travel')).toBe(true);
});
