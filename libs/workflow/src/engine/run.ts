/**
 * One run of an instance: finds the open commands that an input settles, and lets the workflow go on.
 *
 * Invariants:
 * 1. An input for a command that is not open (settled, abandoned, of another run or kind) changes nothing.
 * 2. Timers fire in the order in which they are due, whatever the order of their inputs.
 */
import { ENGINE_FAILURES } from '../definitions';
import { ActivityError } from '../errors';
import type { Json } from '../json';
import type { WorkflowDefinition } from '../language/workflow';
import type { ActivityFailed, Input, TimerFired } from '../protocol/inputs';
import type { Command, TimerCommand } from './command';
import type { RaisedEvent } from './event-buffer';
import { next, type Resume } from './fiber';
import { Interpreter, type Ending, type Past } from './interpreter';
import { APPLIED, BUFFERED, LATE, refused, type Verdict } from './verdict';

/** The instance's time in milliseconds since the epoch; never steps back (hazard 23). */
export class InstanceTime {
  #now = 0;

  get now(): number {
    return this.#now;
  }

  reach(moment: number): void {
    this.#now = Math.max(this.#now, moment);
  }
}

export interface RunOptions {
  readonly id: string;
  /** Sequence of the input that opened it. */
  readonly run: number;
  readonly definition: WorkflowDefinition;
  readonly input: Json;
  readonly time: InstanceTime;
  readonly patches: { has(id: string): boolean };
  /** It continues another one. */
  readonly past?: Past;
}

export class Run {
  readonly number: number;
  readonly definition: WorkflowDefinition;
  readonly interpreter: Interpreter;
  /** The instance's time when it began. */
  readonly openedAt: number;
  readonly #time: InstanceTime;
  /** The newest input that failed an activity or a child; since the last rewind. */
  lastFailure:
    { readonly seq: number; /** Compensations that had begun. */ readonly undone: number } | undefined;

  constructor({ id, run, definition, input, time, patches, past }: RunOptions) {
    this.number = run;
    this.definition = definition;
    this.#time = time;
    this.openedAt = time.now;
    this.interpreter = new Interpreter(
      { id, run, now: () => time.now, patched: (patch) => patches.has(patch) },
      { [Symbol.iterator]: () => definition.body(clone(input))[Symbol.iterator]() },
      past,
    );
  }

  get ending(): Ending | undefined {
    return this.interpreter.ending;
  }

  /** Lets the workflow go on as far as it can. */
  advance(): void {
    if (this.ending === undefined) this.interpreter.run();
  }

  /** Applies an input to the workflow; {@link advance} lets it go on. */
  apply({ seq, body }: Pick<Input, 'seq' | 'body'>): Verdict {
    switch (body.type) {
      case 'completed':
        return this.#settle(body.run, body.n, next(body.result));
      case 'failed':
        return this.#fail(body, seq);
      case 'timer':
        return this.#fire(body, seq);
      case 'event':
        return this.#raise({ seq, body });
      case 'cancel':
        return this.#cancel(body.reason);
      default:
        return refused(`${body.type} is not for a workflow that runs`);
    }
  }

  #cancel(reason = 'cancelled'): Verdict {
    if (!this.interpreter.cancelable) return refused('the instance is being cancelled already');
    this.interpreter.cancel(reason);
    return APPLIED;
  }

  #settle(run: number, n: number, resume: Resume): Verdict {
    if (run !== this.number || !awaitsResult(this.interpreter.commands.get(n))) return LATE;
    this.interpreter.settle(n, resume);
    return APPLIED;
  }

  #fail({ run, n, error }: Pick<ActivityFailed, 'run' | 'n' | 'error'>, seq: number): Verdict {
    const name = this.interpreter.commands.get(n)?.name ?? '';
    const verdict = this.#settle(run, n, { kind: 'throw', error: new ActivityError(name, error) });
    if (verdict === APPLIED) this.lastFailure = { seq, undone: this.interpreter.undone };
    return verdict;
  }

  #raise(event: RaisedEvent): Verdict {
    const outcome = this.interpreter.raise(event);
    if (outcome === 'full') return refused('too many events are kept already');
    return outcome === 'applied' ? APPLIED : BUFFERED;
  }

  /**
   * Timers that are due earlier fire first, one by one: the server fires overdue ones in no useful
   * order, and what an earlier one leads to may withdraw the later ones (hazard 22).
   */
  #fire({ run, n, due }: TimerFired, seq: number): Verdict {
    if (run !== this.number) return LATE;
    if (n === 'w') return this.#failOverdue(due, seq);
    if (this.interpreter.commands.get(n)?.kind !== 'timer') return LATE;
    while (this.interpreter.commands.get(n) !== undefined && this.ending === undefined) this.#fireEarliest();
    return APPLIED;
  }

  #fireEarliest(): void {
    let earliest: TimerCommand | undefined;
    for (const command of this.interpreter.commands.open()) {
      if (command.kind === 'timer' && command.due < (earliest?.due ?? Infinity)) earliest = command;
    }
    if (earliest === undefined) return;
    this.#time.reach(earliest.due);
    this.interpreter.settle(earliest.n, next(undefined));
    this.advance();
  }

  /** The watchdog: fails the open tasks whose `scheduleToClose` has passed (hazard 5). */
  #failOverdue(due: number, seq: number): Verdict {
    this.#time.reach(due);
    const overdue: Command[] = [];
    for (const command of this.interpreter.commands.open()) {
      if (command.kind === 'task' && command.deadline <= this.#time.now) overdue.push(command);
    }
    for (const { n, name } of overdue) {
      const message = `${name} did not finish within its scheduleToClose; is a service that performs it running?`;
      const error = { code: ENGINE_FAILURES.scheduleToClose, message, retryable: false };
      this.#fail({ run: this.number, n, error }, seq);
    }
    return overdue.length > 0 ? APPLIED : LATE;
  }
}

/** A workflow may change what it is given; a restart gives it again. */
const clone = (input: Json): Json => JSON.parse(JSON.stringify(input)) as Json;

const awaitsResult = (command: Command | undefined): boolean =>
  command?.kind === 'task' || command?.kind === 'child';
