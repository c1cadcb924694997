/** What must hold after a run, whatever happened in it. Most is checked over all that the streams ever held. */
import { instanceIdOf, InstanceSubjects, parseTaskSubject, shardOf } from '@countersign/contracts';
import type { HeldMessage, ModelStream } from '@countersign/testing';
import {
  isTerminal,
  replay,
  TRAIL,
  type CommandRecord,
  type Execution,
  type Input,
  type InputBody,
  type JournalEntry,
  type Source,
  type Step,
} from '@countersign/workflow';
import type { SimulatedDeployment } from './deployment';

/** How long a coordinator that stands may take from the look at its journal to the publish, in milliseconds. */
const GRACE_MS = 10_000;

interface StoredStep extends JournalEntry {
  readonly id: string;
  readonly storedAt: number;
}

/** A command's message in the history, with the command that it belongs to. */
interface Effect {
  readonly message: HeldMessage;
  readonly source: Source;
  /** A child's outcome for its parent: `source` is the parent's command. */
  readonly reply: boolean;
}

/** Every violation in words; empty when all is well. */
export function violations(deployment: SimulatedDeployment): string[] {
  const history = deployment.simulation.jetstream.streams.flatMap((stream) => stream.history);
  const steps = history.filter(({ subject }) => subject.endsWith('.step')).map(toStep);
  const effects = history.map(toEffect).filter((effect) => effect !== undefined);
  return [
    ...inputsListedTwice(steps),
    ...tasksStoredTwice(effects, steps),
    ...effects.flatMap((effect) => effectWithoutStep(effect, steps)),
    ...effects.flatMap((effect) => effectAfterCancel(effect, steps, deployment)),
    ...deployment.simulation.jetstream.streams.flatMap((stream) => atRest(deployment, stream)),
    ...lostStarts(deployment),
  ];
}

function toStep({ subject, seq, body, storedAt }: HeldMessage): StoredStep {
  return { id: instanceIdOf(subject), seq, storedAt, step: JSON.parse(body) as Step };
}

function toEffect(message: HeldMessage): Effect | undefined {
  const { subject } = message;
  const kind = subject.split('.')[3];
  if (kind === 'task') {
    const { instanceId: id, run, n } = parseTaskSubject(subject);
    return { message, source: { id, run, n }, reply: false };
  }
  if (kind === 'timer') {
    const [run, n] = (subject.split('.')[4] ?? '').split('-').map(Number);
    if (run === undefined || n === undefined || Number.isNaN(n)) return undefined;
    return { message, source: { id: instanceIdOf(subject), run, n }, reply: false };
  }
  if (kind !== 'in' || !message.by.startsWith('coordinator')) return undefined;
  const body = JSON.parse(message.body) as InputBody;
  if (body.type === 'started' && body.parent !== undefined)
    return { message, source: body.parent, reply: false };
  if (body.type === 'event' && body.source !== undefined)
    return { message, source: body.source, reply: false };
  if (body.type !== 'completed' && body.type !== 'failed') return undefined;
  return { message, source: { id: instanceIdOf(subject), run: body.run, n: body.n }, reply: true };
}

/** 1: every input is listed by at most one step. */
function inputsListedTwice(steps: readonly StoredStep[]): string[] {
  const listed = new Set<string>();
  const broken: string[] = [];
  for (const { id, step } of steps) {
    for (const { seq } of step.inputs) {
      const key = `${id}/${seq}`;
      if (listed.has(key)) broken.push(`input ${seq} of ${id} is listed twice`);
      listed.add(key);
    }
  }
  return broken;
}

/** 2: one task message for each command; a second one only after a cancel or purge, by who sent it before and stood still. */
function tasksStoredTwice(effects: readonly Effect[], steps: readonly StoredStep[]): string[] {
  const seen = new Set<string>();
  return effects.flatMap(({ message, source }) => {
    const { subject } = message;
    if (!subject.includes('.task.')) return [];
    const purged = steps.some(
      ({ id, step, storedAt }) => id === source.id && step.purged && message.sentAt <= storedAt,
    );
    const again = seen.has(subject) && !purged && cancelOf(source, steps) === undefined;
    seen.add(subject);
    return again ? [`${subject} was stored twice`] : [];
  });
}

/** 3: no message of a command before its step is stored. */
function effectWithoutStep({ message, source, reply }: Effect, steps: readonly StoredStep[]): string[] {
  const decided = steps.some(
    ({ id, storedAt, step }) =>
      storedAt <= message.sentAt &&
      (reply
        ? isReplyOf(step, source)
        : id === source.id && step.run === source.run && step.commands.some(({ n }) => n === source.n)),
  );
  if (decided || (reply && JSON.parse(message.body).error?.code === 'ChildIdTaken')) return [];
  return [`${message.subject} #${message.seq} was published before a step decided it`];
}

const isReplyOf = ({ parent, status }: Step, { id, run, n }: Source): boolean =>
  parent !== undefined && parent.id === id && parent.run === run && parent.n === n && isTerminal(status);

/** 4: no message of a cancelled command after the step that cancelled it, except by who stood still. */
function effectAfterCancel(
  { message, source, reply }: Effect,
  steps: readonly StoredStep[],
  { absences, simulation }: SimulatedDeployment,
): string[] {
  if (reply || message.subject.endsWith('.in')) return [];
  const cancel = cancelOf(source, steps);
  if (cancel === undefined || message.sentAt <= cancel.storedAt + GRACE_MS) return [];
  const stood = (absences.get(message.by) ?? []).some(
    ({ from, to }) => from <= message.sentAt && to >= cancel.storedAt - GRACE_MS,
  );
  if (stood || simulation.jetstream.faults.stall > 0) return [];
  return [`${message.subject} #${message.seq} was published after step #${cancel.seq} cancelled it`];
}

const cancelOf = (source: Source, steps: readonly StoredStep[]): StoredStep | undefined =>
  steps.find(
    ({ id, step }) => id === source.id && step.run === source.run && step.canceled.includes(source.n),
  );

/** 5 to 8: what a deployment looks like when nothing moves any more. */
function atRest(deployment: SimulatedDeployment, stream: ModelStream): string[] {
  const { simulation } = deployment;
  const unacknowledged = simulation.jetstream.inputs(stream.shard).unacknowledged;
  const broken = unacknowledged.map(
    (seq) => `input ${seq} of shard ${stream.shard} is not acknowledged at rest`,
  );
  for (const subject of stream.subjects('wf.*.*.in')) {
    broken.push(...new InstanceAtRest(deployment, stream, instanceIdOf(subject)).violations());
  }
  for (const subject of stream.subjects('wf.*.*.step')) {
    if (stream.first(subject.replace('.step', '.in')) === undefined) broken.push(`${subject} has no inputs`);
  }
  for (const subject of stream.subjects('wf.*.*.parked')) {
    const why = stream.last(subject)?.body ?? '';
    if (!why.includes('unknown-workflow')) broken.push(`${subject} is left: ${why}`);
  }
  return broken;
}

class InstanceAtRest {
  readonly #subjects: InstanceSubjects;
  readonly #inputs: readonly Input[];
  readonly #steps: readonly JournalEntry[];

  constructor(
    private readonly deployment: SimulatedDeployment,
    private readonly stream: ModelStream,
    private readonly id: string,
  ) {
    this.#subjects = new InstanceSubjects(stream.shard, id);
    this.#inputs = stream
      .read(this.#subjects.input)
      .map(({ seq, at, body }) => ({ seq, at, body: JSON.parse(body) as InputBody }));
    this.#steps = stream.read(this.#subjects.step).map(toStep);
  }

  violations(): string[] {
    return this.#problems().map((problem) => `${this.id}: ${problem}`);
  }

  #problems(): string[] {
    if (!this.#inputs.some(({ body }) => body.type === 'started')) return ['inputs without a start are left'];
    if (this.stream.last(this.#subjects.parked) !== undefined) return [];
    const last = this.#steps.at(-1)?.step;
    if (last === undefined) return ['it was started and has no step'];
    const regenerated: [JournalEntry, Step][] = [];
    const replayed = replay({
      id: this.id,
      find: (name, version) => this.deployment.registry.find(name, version),
      inputs: new Map(this.#inputs.map(({ seq, body }) => [seq, body])),
      steps: this.#steps,
      onDecision: (entry, { step }) => regenerated.push([entry, step]),
    });
    if (replayed.kind !== 'ok') return [`its journal does not replay: ${JSON.stringify(replayed)}`];
    return [
      // What a first step that continued as new had decided before cannot be made again.
      ...regenerated
        .slice(this.#steps[0]?.step.continued ? 1 : 0)
        .flatMap(([entry, step]) => differences(entry, step)),
      ...this.#brokenTrails(),
      ...(isTerminal(last.status) ? [] : this.#waitsForNothing(last, replayed.execution)),
    ];
  }

  /** Each step names those before it, which may have been deleted since. */
  #brokenTrails(): string[] {
    return this.#steps.flatMap(({ seq, step: { trail = [] } }, index) => {
      const before = this.#steps.slice(Math.max(0, index - TRAIL), index).map((entry) => entry.seq);
      const named = trail.slice(Math.max(0, trail.length - before.length));
      return String(named) === String(before) ? [] : [`step #${seq} names ${named} before it, not ${before}`];
    });
  }

  #waitsForNothing(last: Step, execution: Execution): string[] {
    const late = new Set(
      this.deployment.events.flatMap(({ event }) =>
        event.kind === 'late' && event.id === this.id ? event.seqs : [],
      ),
    );
    const unlisted = this.#inputs.filter(({ seq }) => !late.has(seq) && !execution.has(seq));
    const broken = unlisted.map(({ seq, body }) => `input ${seq} (${body.type}) is in no step`);
    if (last.status === 'Suspended') return broken;
    const open = this.#steps
      .filter(({ step }) => step.run === last.run)
      .flatMap(({ step }) => step.commands)
      .filter(({ n }) => execution.isOpen(n));
    const guarded = this.stream.last(this.#subjects.timer(last.run, 'w')) !== undefined;
    if (execution.earliestDeadline() !== undefined && !guarded)
      broken.push('its open activities have no watchdog');
    if (open.length === 0 && execution.earliestDeadline() === undefined) broken.push('it waits for nothing');
    return [...broken, ...open.flatMap((command) => this.#missing(last, command))];
  }

  #missing({ run }: Step, { kind, n }: CommandRecord): string[] {
    if (kind === 'timer' && this.stream.last(this.#subjects.timer(run, n)) === undefined) {
      return [`timer ${n} is open and has no schedule`];
    }
    if (kind !== 'child') return [];
    const waitsForUs = this.deployment.simulation.jetstream.streams
      .flatMap((stream) => stream.subjects('wf.*.*.in').map((subject) => ({ stream, subject })))
      .some(({ stream, subject }) => {
        const started = stream
          .read(subject)
          .map(({ body }) => JSON.parse(body) as InputBody)
          .find(({ type }) => type === 'started');
        const newest = stream.last(subject.replace(/in$/, 'step'));
        const step = newest && (JSON.parse(newest.body) as Step);
        // A parent that was rewound waits under another number.
        const { parent } = step ?? (started as Extract<InputBody, { type: 'started' }>);
        const ended = step !== undefined && isTerminal(step.status);
        return !ended && parent?.id === this.id && parent.run === run && parent.n === n;
      });
    return waitsForUs ? [] : [`child ${n} is open and nobody will answer`];
  }
}

/** The step as it was stored and as replay makes it again, arguments and dispositions included. */
function differences({ seq, step: { trail: _trail, ...step } }: JournalEntry, again: Step): string[] {
  const [stored, made] = [step, again].map((it) => JSON.stringify(it));
  return stored === made ? [] : [`step #${seq} replays to another state: ${stored} / ${made}`];
}

/** 9: what was accepted is there, or somebody purged it. */
function lostStarts({ client, simulation, shards, purges }: SimulatedDeployment): string[] {
  const { sent } = client;
  if (purges) return [];
  return sent.flatMap(({ id, body, outcome }) => {
    if (body.type !== 'started' || outcome !== 'stored') return [];
    if (sent.some((other) => other.id === id && other.body.type === 'purge')) return [];
    const shard = shardOf(id, shards);
    const { step, parked } = new InstanceSubjects(shard, id);
    const stream = simulation.jetstream.stream(shard);
    const there = stream.last(step) !== undefined || stream.last(parked) !== undefined;
    return there ? [] : [`${id} was started and is gone`];
  });
}
