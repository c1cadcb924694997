import { InstanceSubjects } from '@countersign/contracts';
import { aStep } from '@countersign/testing';
import type { Command, Decision } from '@countersign/workflow';
import { endedSchedules, withdrawnTimers } from './schedules';

const subjects = new InstanceSubjects(0, 'one');
const base = { name: '', hash: '', args: 'null' };
const timer = (n: number): Command => ({ ...base, kind: 'timer', n, due: 0 });
const wait: Command = { ...base, kind: 'wait', n: 9 };
const decision: Decision = {
  step: aStep({ run: 7 }),
  commands: [],
  withdrawn: [timer(2), wait, timer(3)],
  replies: [],
  settled: [],
};
const timers = [subjects.timer(7, 2), subjects.timer(7, 3)];

it('are the timers that a step withdrew, and nothing else that it withdrew', () => {
  expect(withdrawnTimers(subjects, decision)).toEqual(timers);
  expect(endedSchedules(subjects, decision, false)).toEqual(timers);
});

it('begin with the watchdog that is over: only headers may cancel it', () => {
  expect(endedSchedules(subjects, decision, true)).toEqual([subjects.timer(7, 'w'), ...timers]);
});
