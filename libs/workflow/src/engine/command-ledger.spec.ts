import { DEFAULT_CALL_OPTIONS } from '../definitions';
import {
  keyOf,
  recordOf,
  type Command,
  type TaskCommand,
  type TimerCommand,
  type WaitCommand,
} from './command';
import { CommandLedger } from './command-ledger';
import { Fiber } from './fiber';

const task = (n: number, name = 'a'): TaskCommand => {
  const { retry } = DEFAULT_CALL_OPTIONS;
  const limits = { retry, startToClose: 500, scheduleToClose: 1_000, deadline: 1_000 };
  return { kind: 'task', n, name, queue: 'work', args: '1', ...limits };
};
const wait = (n: number, name = 'go'): WaitCommand => ({ kind: 'wait', n, name, args: '' });
const timer = (n: number): TimerCommand => ({ kind: 'timer', n, name: '', args: '', due: 5 });
const fiber = () => new Fiber({ [Symbol.iterator]: () => [][Symbol.iterator]() });
const numbers = (commands: Iterable<Command>) => Array.from(commands, ({ n }) => n);

/** A ledger whose time can be set, with commands that fibers wait for. */
function ledgerWith(...commands: Command[]) {
  const time = { at: 0, now: () => time.at };
  const ledger = new CommandLedger(time);
  const fibers = commands.map((command) => {
    const waiting = fiber();
    ledger.nextNumber();
    ledger.park(waiting, command);
    return waiting;
  });
  return { time, ledger, fibers };
}

describe('numbers', () => {
  it('grow from 1, or from the last one that was used', () => {
    const first = new CommandLedger({ now: () => 0 });
    expect([first.nextNumber(), first.nextNumber(), first.lastNumber]).toEqual([1, 2, 2]);
    expect(new CommandLedger({ now: () => 0 }, 7).nextNumber()).toBe(8);
  });
});

describe('a command that a fiber waits for', () => {
  it('is open until its result, which its fiber gets once', () => {
    const { ledger, fibers } = ledgerWith(task(1), wait(2));
    expect(fibers[0]!.waitsFor).toEqual(task(1));
    expect([numbers(ledger.open()), ledger.get(1), ledger.isOpen(1)]).toEqual([[1, 2], task(1), true]);
    expect(ledger.settle(1)).toBe(fibers[0]);
    expect([numbers(ledger.open()), ledger.get(1), ledger.isOpen(1)]).toEqual([[2], undefined, false]);
    expect(ledger.settle(1)).toBeUndefined();
  });

  it('is open no more when the fiber gives it up', () => {
    const { ledger } = ledgerWith(task(1), wait(2));
    ledger.abandon(task(1));
    expect([numbers(ledger.open()), numbers(ledger.take().withdrawn)]).toEqual([[2], [1]]);
  });

  it('can be withdrawn and waited for still: its message is not published again', () => {
    const { ledger, fibers } = ledgerWith(task(1));
    ledger.withdraw(task(1));
    expect([ledger.isOpen(1), numbers(ledger.open())]).toEqual([false, [1]]);
    expect(ledger.settle(1)).toBe(fibers[0]);
  });

  it('is withdrawn with everything else when nobody waits any more', () => {
    const { ledger } = ledgerWith(task(1), wait(2), timer(3));
    ledger.withdraw(wait(2));
    ledger.abandonAll();
    expect([numbers(ledger.open()), numbers(ledger.take().withdrawn)]).toEqual([[], [2, 1, 3]]);
  });
});

describe('what is new', () => {
  it('is taken once, in its order', () => {
    const { ledger } = ledgerWith(task(1), task(2));
    ledger.decide({ kind: 'signal', n: 3, name: 'paid', args: '1', target: 'other' });
    ledger.abandon(task(2));
    ledger.settle(1);
    expect(ledger.hasDecided).toBe(true);
    const { decided, withdrawn, settled } = ledger.take();
    expect([numbers(decided), numbers(withdrawn), settled.map(({ name }) => name)]).toEqual([
      [1, 2, 3],
      [2],
      ['a'],
    ]);
    expect([ledger.hasDecided, ledger.take()]).toEqual([false, { decided: [], withdrawn: [], settled: [] }]);
  });

  it('lists what is withdrawn twice once, also from one step to the next', () => {
    const { ledger } = ledgerWith(task(1));
    ledger.withdraw(task(1));
    ledger.withdraw(task(1));
    expect(numbers(ledger.take().withdrawn)).toEqual([1]);
    ledger.abandon(task(1));
    expect([ledger.hasDecided, ledger.take().withdrawn]).toEqual([false, []]);
  });

  it('knows whether a step has published a command', () => {
    const command = task(1);
    const { ledger } = ledgerWith(command);
    expect(ledger.isNew(command)).toBe(true);
    ledger.take();
    expect(ledger.isNew(command)).toBe(false);
  });

  it('goes on from what another ledger had not given', () => {
    const { ledger } = ledgerWith(task(1));
    const next = new CommandLedger({ now: () => 0 }, ledger.lastNumber, ledger.take());
    next.decide({ kind: 'patch', n: next.nextNumber(), name: 'p', args: '' });
    expect(numbers(next.take().decided)).toEqual([1, 2]);
  });

  it('is bounded until it is taken', () => {
    const { ledger } = ledgerWith();
    const decide = () => ledger.decide({ kind: 'patch', n: ledger.nextNumber(), name: 'p', args: '' });
    for (let i = 0; i < 2_000; i++) decide();
    expect(decide).toThrow(expect.objectContaining({ code: 'BudgetExceeded' }));
    ledger.take();
    expect(decide).not.toThrow();
  });
});

describe('what is settled', () => {
  it('says from when to when, and which event what is decided next goes back to', () => {
    const { ledger, time } = ledgerWith(wait(1));
    time.at = 10;
    ledger.settle(1);
    ledger.park(fiber(), task(2));
    ledger.forgetOrigin();
    ledger.park(fiber(), task(3));
    time.at = 30;
    ledger.settle(2);
    ledger.settle(3);
    expect(ledger.take().settled).toEqual([
      { kind: 'wait', name: 'go', from: 0, to: 10 },
      { kind: 'task', name: 'a', from: 10, to: 30, origin: { event: 'go', at: 10 } },
      { kind: 'task', name: 'a', from: 10, to: 30 },
    ]);
  });

  it('goes back to no event by way of a timer', () => {
    const { ledger } = ledgerWith(wait(1));
    ledger.settle(1);
    ledger.park(fiber(), timer(2));
    ledger.settle(2);
    ledger.park(fiber(), task(3));
    ledger.settle(3);
    const [, paused, worked] = ledger.take().settled;
    expect(paused).toHaveProperty('origin');
    expect(worked).not.toHaveProperty('origin');
  });
});

describe('a rewind', () => {
  const key = (command: Command) => keyOf(recordOf(command, false));

  it('decides what is open anew, with its whole time, but no wait and nothing that was withdrawn (hazard 11)', () => {
    const { ledger, fibers, time } = ledgerWith(task(1), wait(2), timer(3), task(4));
    ledger.withdraw(task(4));
    ledger.take();
    time.at = 60;
    expect(ledger.reissue(100, new Map())).toEqual([]);
    expect(ledger.take().decided).toEqual([{ ...task(100), deadline: 1_060 }, timer(101)]);
    expect(numbers(ledger.open())).toEqual([2, 4, 100, 101]);
    expect(ledger.settle(100)).toBe(fibers[0]);
  });

  it('settles what it keeps the result of, each result once', () => {
    const { ledger, fibers } = ledgerWith(task(1), task(2), task(3));
    ledger.take();
    const resumed = ledger.reissue(100, new Map([[key(task(1)), ['first', 'second']]]));
    expect(resumed.map(({ fiber }) => fiber)).toEqual(fibers.slice(0, 2));
    expect(resumed.map(({ resume }) => resume)).toEqual([
      { kind: 'next', value: 'first' },
      { kind: 'next', value: 'second' },
    ]);
    expect(numbers(ledger.open())).toEqual([102]);
  });

  it('recalls the result of a decision that is made again later', () => {
    const { ledger } = ledgerWith();
    expect(ledger.recall(task(1))).toBeUndefined();
    ledger.reissue(100, new Map([[key(task(1)), ['kept']]]));
    expect(ledger.recall(task(100, 'b'))).toBeUndefined();
    expect(ledger.recall(task(100))).toEqual({ kind: 'next', value: 'kept' });
    expect(ledger.recall(task(101))).toBeUndefined();
  });
});
