/**
 * The instances that are polled and listed, as a coordinator and workers would have stored them: six
 * of ten wait for an event, two have an activity that reports its progress, two have ended.
 */
import { InstanceSubjects } from '@countersign/contracts';
import type { Json, OutgoingMessage, Progress, Started, Step } from '@countersign/workflow';

const SHARD = 0;
const RUN = 1;
const TASK = 1;
const SECOND = 1000;
/** One started every second, the last one now. */
const NOW = Date.now();

type Kind = 'waits' | 'reports' | 'ended';

export const kindOf = (n: number): Kind => (n % 10 < 6 ? 'waits' : n % 10 < 8 ? 'reports' : 'ended');
export const idOf = (n: number): string => `bench-instance-${n}`;
export const subjectsOf = (n: number): InstanceSubjects => new InstanceSubjects(SHARD, idOf(n));

/** How many of the instances go on. */
export const waiting = (instances: number): number[] =>
  Array.from({ length: instances }, (_, n) => n).filter((n) => kindOf(n) === 'waits');

/** Everything that is stored of an instance: its start, its steps, what its activity reported. */
export function messagesOf(n: number, steps: number, instances: number): OutgoingMessage[] {
  const subjects = subjectsOf(n);
  const createdAt = NOW - (instances - n) * SECOND;
  const input: Json = { order: idOf(n), requestedBy: 'somebody@example.com', amount: n };
  const started: Started = { type: 'started', workflow: 'BenchPolled', input, nonce: idOf(n) };
  const reported: Progress = { starts: 1, failures: 0, value: { pages: n, rows: n * 1000 } };
  return [
    { subject: subjects.input, body: JSON.stringify(started) },
    ...Array.from({ length: steps }, (_, at) => stepOf(n, at + 1, createdAt, at + 1 === steps)),
    ...(kindOf(n) === 'reports'
      ? [{ subject: subjects.progress(RUN, TASK), body: JSON.stringify(reported) }]
      : []),
  ];
}

/** A further step of an instance that waits: another public state than before. */
export const changeOf = (n: number, number: number): OutgoingMessage => stepOf(n, number, NOW, false);

function stepOf(n: number, number: number, createdAt: number, isLast: boolean): OutgoingMessage {
  const kind = kindOf(n);
  const ended = isLast && kind === 'ended';
  const updatedAt = createdAt + number * SECOND;
  const step: Step = {
    format: 1,
    run: RUN,
    workflow: 'BenchPolled',
    version: 1,
    status: ended ? 'Completed' : 'Running',
    inputs: [{ seq: RUN + number, at: updatedAt, outcome: 'applied' }],
    commands: [
      { n: number, kind: 'task', name: 'bench.handle', hash: '5feceb66ffc86f38', args: { step: number } },
    ],
    canceled: [],
    waits: kind === 'waits' ? ['bench.released'] : [],
    ...(kind === 'reports' && { tasks: [TASK] }),
    customStatus: { stage: 'Shortlisting', step: number, reviewers: ['somebody@example.com'] },
    ...(ended && { result: { order: idOf(n), steps: number } }),
    createdAt,
    updatedAt,
  };
  return { subject: subjectsOf(n).step, body: JSON.stringify(step) };
}
