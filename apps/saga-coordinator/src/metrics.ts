/** What the coordinator tells Prometheus of the steps that it stores, and of what it cannot go on with. */
import { eventNameOf, workflows } from '@countersign/contracts';
import {
  isTerminal,
  STATUSES,
  type Input,
  type InputBody,
  type Settled,
  type Step,
} from '@countersign/workflow';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Committed, ParkedReason, ShardEvent } from './shard/options';

const FAST = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];
const HOUR = 3_600;

const steps = new Counter({
  name: 'countersign_steps_total',
  help: 'Steps that were stored.',
  labelNames: ['workflow'],
});

const started = new Counter({
  name: 'countersign_instances_started_total',
  help: 'Runs that were opened, by a start or by a restart.',
  labelNames: ['workflow'],
});

const ended = new Counter({
  name: 'countersign_instances_ended_total',
  help: 'Runs that ended. One that has failed may be rewound and end again.',
  labelNames: ['workflow', 'status'],
});

const inputLatency = new Histogram({
  name: 'countersign_input_latency_seconds',
  help: 'Time from the storage of an input to the storage of the step that lists it.',
  labelNames: ['type'],
  buckets: FAST,
});

const timerLateness = new Histogram({
  name: 'countersign_timer_lateness_seconds',
  help: 'Time from when a timer was due to the storage of the step that lists that it fired.',
  buckets: FAST,
});

const eventWait = new Histogram({
  name: 'countersign_event_wait_seconds',
  help: 'How long instances waited for an event: where people raise it, how long they took.',
  labelNames: ['event'],
  buckets: [1, 10, 60, 300, 900, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR, 3 * 24 * HOUR, 7 * 24 * HOUR],
});

const reaction = new Histogram({
  name: 'countersign_event_reaction_seconds',
  help: 'Time from the event that an activity goes back to, be it by way of others, to its result.',
  labelNames: ['event', 'activity'],
  buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, HOUR],
});

const parked = new Gauge({
  name: 'countersign_instances_parked',
  help: 'Instances that cannot go on with the code at hand.',
  labelNames: ['reason'],
});

const shardsLed = new Gauge({
  name: 'countersign_shards_led',
  help: 'Shards whose inputs come to this coordinator. One without inputs may be led by none.',
});

const troubles = new Counter({
  name: 'countersign_coordinator_events_total',
  help: 'What a coordinator met: parked and unparked instances, ghosts, inputs that cannot be decoded, retries.',
  labelNames: ['kind'],
});

const KINDS: Readonly<Record<ShardEvent['kind'], true>> = {
  parked: true,
  unparked: true,
  ghost: true,
  undecodable: true,
  late: true,
  purged: true,
  overtaken: true,
  retrying: true,
};
const REASONS: Readonly<Record<ParkedReason['kind'], true>> = {
  diverged: true,
  'unknown-workflow': true,
  poisoned: true,
  faulty: true,
};
// A series that begins at zero shows its first increase.
for (const kind of Object.keys(KINDS)) troubles.inc({ kind }, 0);
for (const { name: workflow } of workflows) {
  started.inc({ workflow }, 0);
  for (const status of STATUSES.filter(isTerminal)) ended.inc({ workflow, status }, 0);
}

/** Series that every step moves are looked up once: to find one by its labels costs as much as to count. */
const perKey = <Key, Series>(seriesOf: (key: Key) => Series): ((key: Key) => Series) => {
  const known = new Map<Key, Series>();
  return (key) => {
    let series = known.get(key);
    if (series === undefined) known.set(key, (series = seriesOf(key)));
    return series;
  };
};
const stepsOf = perKey((workflow: string) => steps.labels({ workflow }));
const startedOf = perKey((workflow: string) => started.labels({ workflow }));
const latencyOf = perKey((type: InputBody['type']) => inputLatency.labels({ type }));

export function countStep({ step, settled, inputs }: Committed): void {
  const now = Date.now();
  const { workflow, status } = step;
  stepsOf(workflow).inc();
  if (step.inputs.some(({ seq }) => seq === step.run)) startedOf(workflow).inc();
  if (endsRun(step)) ended.inc({ workflow, status });
  for (const input of inputs) measureInput(input, now);
  for (const one of settled) measureResult(one);
}

export function countEvent(kind: ShardEvent['kind']): void {
  troubles.inc({ kind });
}

export function showShardsLed(count: number): void {
  shardsLed.set(count);
}

/** @param counts of every shard */
export function showParked(counts: readonly ReadonlyMap<ParkedReason['kind'], number>[]): void {
  for (const reason of Object.keys(REASONS) as ParkedReason['kind'][])
    parked.set(
      { reason },
      counts.reduce((sum, count) => sum + (count.get(reason) ?? 0), 0),
    );
}

/** A refused rewind or a purge is listed by a step of an instance that had ended before. */
const endsRun = ({ status, purged, inputs }: Step): boolean =>
  isTerminal(status) && purged !== true && inputs.some(({ outcome }) => outcome === 'applied');

/** Clocks of different machines: what seems to be negative was immediate. */
function measureInput({ at, body }: Input, now: number): void {
  latencyOf(body.type).observe(seconds(now - at));
  if (body.type === 'timer' && body.n !== 'w') timerLateness.observe(seconds(now - body.due));
}

function measureResult({ kind, name, from, to, origin }: Settled): void {
  if (kind === 'wait') eventWait.observe({ event: eventNameOf(name) }, seconds(to - from));
  if (kind !== 'task' || origin === undefined) return;
  reaction.observe({ event: eventNameOf(origin.event), activity: name }, seconds(to - origin.at));
}

const seconds = (ms: number): number => Math.max(0, ms) / 1000;
