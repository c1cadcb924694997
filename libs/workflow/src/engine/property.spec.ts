/**
 * Random workflows with random inputs in random orders. ReplayedInstance throws where the live
 * execution and the rebuilt one differ, a number is used twice, or an ended instance has something
 * open; here we see besides that every instance ends when all that it waits for comes.
 */
import { ReplayedInstance } from '@countersign/testing';
import fc from 'fast-check';
import {
  all,
  call,
  continueAsNew,
  isTerminal,
  now,
  patched,
  race,
  saga,
  setCustomStatus,
  shield,
  signal,
  sleep,
  sleepUntil,
  uuid,
  waitForEvent,
  type Effect,
  type InputBody,
  type Operation,
} from '..';
import { activity, define, event } from '../testing/refs';

type Plan =
  | { do: 'call' | 'sleep' | 'past' | 'wait' | 'signal' | 'note' | 'throw'; of: number }
  | { do: 'all' | 'race' | 'sequence' | 'saga' | 'finally' | 'catch' | 'shield'; parts: Plan[] };

const { plan } = fc.letrec<{ plan: Plan }>((tie) => ({
  plan: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      do: fc.constantFrom('call', 'call', 'sleep', 'past', 'wait', 'wait', 'signal', 'note', 'throw'),
      of: fc.nat(3),
    }),
    fc.record({
      do: fc.constantFrom('all', 'race', 'sequence', 'saga', 'finally', 'catch', 'shield'),
      parts: fc.array(tie('plan'), { minLength: 1, maxLength: 3 }),
    }),
  ) as fc.Arbitrary<Plan>,
}));

type Running = Generator<Effect, unknown, unknown>;

function* sequence(parts: readonly Plan[]): Running {
  const values: unknown[] = [];
  for (const part of parts) values.push((yield* perform(part)) ?? null);
  return values;
}

/** Carries out a plan. */
function* perform(plan: Plan): Running {
  switch (plan.do) {
    case 'call':
      return yield* call(activity(`a${plan.of}`), plan.of, { scheduleToClose: 1_000 * (plan.of + 1) });
    case 'sleep':
      return yield* sleep(1_000 * plan.of);
    case 'past':
      return yield* sleepUntil((yield* now()) - 1_000 * plan.of);
    case 'wait':
      return yield* waitForEvent(event(`e${plan.of}`));
    case 'signal':
      return yield* signal('target', event('e'), yield* uuid());
    case 'note':
      return yield* setCustomStatus([plan.of, yield* now(), yield* patched(`p${plan.of}`)]);
    case 'throw':
      throw new Error(`thrown ${plan.of}`);
    case 'all':
      return yield* all(plan.parts.map((part) => perform(part)));
    case 'race':
      return yield* race(Object.fromEntries(plan.parts.map((part, i) => [`b${i}`, perform(part)])));
    case 'sequence':
      return yield* sequence(plan.parts);
    case 'saga':
      return yield* saga(function* (saga) {
        const values: unknown[] = [];
        for (const part of plan.parts)
          values.push(
            (yield* saga.do(perform(part) as Operation<unknown>, (value) =>
              call(activity('undo'), value ?? null),
            )) ?? null,
          );
        return values;
      });
    case 'finally':
      try {
        return yield* sequence(plan.parts.slice(1));
      } finally {
        yield* perform(plan.parts[0]!);
      }
    case 'catch':
      try {
        return yield* sequence(plan.parts.slice(1));
      } catch {
        return yield* perform(plan.parts[0]!);
      }
    case 'shield':
      return yield* shield(sequence(plan.parts));
  }
}

/** What happens to the instance, in so far as it can happen then. */
const happening = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('settle' as const), which: fc.nat(), fails: fc.nat(4) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('event' as const),
      of: fc.nat(3),
      source: fc.option(fc.nat(5)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('stray' as const),
      n: fc.nat(12),
      run: fc.integer({ min: -1, max: 1 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('time' as const), ms: fc.integer({ min: -1_000, max: 3_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('watchdog' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('cancel', 'suspend', 'resume', 'terminate', 'rewind', 'restart', 'started'),
    }),
  },
);
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

/** Every command that can be settled: open ones, and those that were withdrawn but are awaited still. */
function settlements(instance: ReplayedInstance, fails: boolean): InputBody[] {
  const { run } = instance;
  const error = { code: 'Broken', message: 'it broke', retryable: fails };
  const published = instance.decisions
    .filter(({ step }) => step.run === run)
    .flatMap(({ commands }) => commands);
  return published.flatMap((command): InputBody[] => {
    const { n } = command;
    if (command.kind === 'timer') return [{ type: 'timer', run, n, due: command.due }];
    if (command.kind !== 'task') return [];
    return fails ? [{ type: 'failed', run, n, error }] : [{ type: 'completed', run, n, result: n }];
  });
}

function happens(instance: ReplayedInstance, what: Happening): void {
  const { run } = instance;
  switch (what.type) {
    case 'settle': {
      const possible = settlements(instance, what.fails === 0);
      const body = possible[what.which % Math.max(possible.length, 1)];
      if (body?.type === 'timer') instance.now = Math.max(instance.now, body.due);
      if (body !== undefined) instance.give(body);
      return;
    }
    case 'event': {
      const source = what.source === null ? {} : { source: { id: 's', run: 1, n: what.source } };
      return void instance.give({
        type: 'event',
        name: `e${what.of}`,
        data: instance.inputs.length,
        ...source,
      });
    }
    case 'stray':
      return void instance.give({ type: 'completed', run: run + what.run, n: what.n, result: 'stray' });
    case 'time':
      return void (instance.now += what.ms);
    case 'watchdog':
      return void instance.give({ type: 'timer', run, n: 'w', due: instance.now });
    case 'started':
      return void instance.start();
    default:
      return void instance.control(what.type);
  }
}

/** Everything that is waited for comes, until nothing is. */
function settleAll(instance: ReplayedInstance): void {
  if (instance.status === 'Suspended') instance.control('resume');
  for (let round = 0; round < 200 && !isTerminal(instance.status); round++) {
    for (const name of instance.step.waits) instance.raise(name, 'at last');
    for (const body of settlements(instance, false)) {
      if (isTerminal(instance.status)) return;
      if (body.type === 'timer') instance.now = Math.max(instance.now, body.due);
      instance.give(body);
    }
  }
}

/** The plan, and then the plan again as new. */
const twice = (plan: Plan) =>
  function* (round: unknown): Running {
    const value = yield* perform(plan);
    return round === null ? yield* continueAsNew(1) : value;
  };

const scenario = fc.record({
  plan,
  happenings: fc.array(happening, { maxLength: 12 }),
  holds: fc.boolean(),
});

it('a live execution and a rebuilt one are the same, and every instance ends when all comes', () => {
  fc.assert(
    fc.property(scenario, ({ plan, happenings, holds }) => {
      const instance = new ReplayedInstance([define(twice(plan))], { holds });
      instance.start();
      for (const what of happenings) happens(instance, what);
      if (instance.isHeld) instance.flush();
      settleAll(instance);
      expect(isTerminal(instance.status)).toBe(true);
      instance.control('rewind');
      settleAll(instance);
      expect(isTerminal(instance.status)).toBe(true);
    }),
    { numRuns: 400 },
  );
});
