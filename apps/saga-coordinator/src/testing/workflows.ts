/** Workflows of the simulation: between them they use every operation of the language. */
import {
  all,
  call,
  child,
  continueAsNew,
  race,
  saga,
  setCustomStatus,
  signal,
  sleep,
  uuid,
  waitForEvent,
  workflow,
  type ActivityRef,
  type EventRef,
  type WorkflowDefinition,
  type WorkflowRef,
} from '@countersign/workflow';

export const QUEUE = 'work';

const work: ActivityRef<number, number> = { name: 'work', queue: QUEUE };
const undo: ActivityRef<number, number> = { name: 'undo', queue: QUEUE };
const go: EventRef<number> = { name: 'go' };
const stop: EventRef<number> = { name: 'stop' };

export interface Given {
  /** Ids that signals go to. */
  readonly peer: string;
  readonly size: number;
}

const ref = (name: string): WorkflowRef<Given, unknown> => ({ name });
const patience = { scheduleToClose: 40_000, retry: { maxAttempts: 3 } };

const sequence = workflow(ref('sequence'), { version: 1 }, function* ({ size }) {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    sum += yield* call(work, i, patience);
    yield* setCustomStatus({ done: i, key: yield* uuid() });
  }
  return sum;
});

const fanIn = workflow(ref('fan-in'), { version: 1 }, function* ({ size }) {
  return yield* all(Array.from({ length: size + 2 }, (_, i) => call(work, i, patience)));
});

const approval = workflow(ref('approval'), { version: 1 }, function* () {
  const first = yield* race({
    approved: waitForEvent(go),
    rejected: waitForEvent(stop),
    worked: call(work, 1, patience),
    expired: sleep(20_000),
    late: sleep(30_000),
  });
  yield* setCustomStatus(first.winner);
  const second = yield* race({ again: waitForEvent(go), expired: sleep(15_000) });
  return [first.winner, second.winner];
});

const forEver = workflow(ref('for-ever'), { version: 1 }, function* () {
  const value = yield* waitForEvent(go);
  yield* sleep(5_000);
  return value;
});

const trip = workflow(ref('trip'), { version: 1 }, function* ({ size }) {
  return yield* saga(function* (part) {
    for (let i = 0; i < size; i++) {
      yield* part.do(call(work, i, patience), (value) => call(undo, value ?? -1, patience));
    }
    yield* waitForEvent(go);
    return yield* call(work, 99, patience);
  });
});

const parent = workflow(ref('parent'), { version: 1 }, function* ({ peer, size }) {
  yield* signal(peer, go, size);
  const outcome = yield* race({
    child: child(ref('sequence'), { peer, size }),
    named: child(ref('for-ever'), { peer, size }, { id: `${peer}-shared` }),
    work: call(work, 7, patience),
  });
  yield* signal(peer, stop, size);
  return outcome.winner;
});

const family = workflow(ref('family'), { version: 1 }, function* ({ peer, size }) {
  return yield* all([child(ref('sequence'), { peer, size: size + 1 }), call(work, 8, patience)]);
});

const unlucky = workflow(ref('unlucky'), { version: 1 }, function* ({ size }) {
  yield* all([call(work, size, patience), sleep(1_000), sleep(2_000)]);
  throw new Error('out of luck');
});

/** Goes on for longer than it takes until what is older may be deleted. */
const ticker = workflow(ref('ticker'), { version: 1 }, function* (given) {
  const { round = 0 } = given as Given & { round?: number };
  const heard = yield* race({ go: waitForEvent(go), stop: waitForEvent(stop), tick: sleep(25_000) });
  if (heard.winner === 'go') yield* call(work, round, patience);
  yield* signal(given.peer, stop, round);
  if (round >= 8) return round;
  return yield* continueAsNew({ ...given, round: round + 1 });
});

export const NAMES = [
  'sequence',
  'fan-in',
  'approval',
  'for-ever',
  'trip',
  'parent',
  'family',
  'unlucky',
  'ticker',
  'future',
];

/** Comes with a later deployment: until then its instances are parked. */
export const future = workflow(ref('future'), { version: 1 }, function* () {
  return yield* call(work, 3, patience);
});

/** Gives up before anybody can have answered. */
export const hasty = workflow(ref('hasty'), { version: 1 }, function* () {
  return yield* call(work, 3, { scheduleToClose: 1_000 });
});

export const definitions: readonly WorkflowDefinition[] = [
  sequence,
  fanIn,
  approval,
  forEver,
  trip,
  parent,
  family,
  unlucky,
  ticker,
];
