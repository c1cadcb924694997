/**
 * A run that failed is taken back to where it was before the newest input that failed one of its
 * activities or children, and goes on from there. Generators do not go back: a second lifetime is led
 * there by the recorded inputs, and takes the place of the first.
 *
 * Invariants:
 * 1. Everything that was open then is decided anew, under numbers of a new generation (hazards 4
 *    and 11): what the old numbers lead to changes nothing.
 * 2. What the journal knows to have succeeded since is not done again: the same decision gets the
 *    same result. A child counts as the same only where the workflow gave it its id.
 * 3. Events that were raised since are raised again, in their order: nothing accepted is lost.
 */
import type { InputBody } from '../protocol/inputs';
import type { Lifetime } from './lifetime';
import { MAX_COMMANDS } from './limits';
import { inputsAfter, inputsOf, keptOf, neededOf, type RecordedInput, type RunHistory } from './run-history';
import { APPLIED, refused, type Verdict } from './verdict';

/** Numbers of one generation: more than any run can use between two rewinds. */
const GENERATION = 1_000_000_000;

/** How often the run had been rewound when it used the number. */
export const generationOf = (n: number): number => Math.floor(n / GENERATION);

/** The first number of the next generation. */
const nextGeneration = (n: number): number => (generationOf(n) + 1) * GENERATION;

/** Whether an input may rewind an instance: the command does, and a parent that was rewound itself. */
export const mayRewind = (body: InputBody): boolean =>
  body.type === 'rewind' || (body.type === 'started' && generationOf(body.parent?.n ?? 0) > 0);

/** Why a lifetime cannot be rewound; undefined where it can. */
export function hindranceOf({ status, lastFailure, interpreter }: Lifetime): string | undefined {
  if (status !== 'Failed') return `only an instance that has failed can be rewound; this one is ${status}`;
  if (lastFailure === undefined) return 'no activity of it has failed; restart it instead';
  if (interpreter!.undone > lastFailure.undone)
    return 'what it had done was undone since; restart it instead';
  return undefined;
}

/** Takes a lifetime that nothing hinders back to before its newest failed activity, and lets it go on. */
export function rewind(life: Lifetime, { steps, bodyOf }: RunHistory): Verdict {
  const { seq: failure } = life.lastFailure!;
  const history = { steps: neededOf(steps), bodyOf };
  const inputs = inputsOf(history);
  const past = new Reconstruction(life, history).before(failure, inputs);
  if (past.hasEnded) return refused('its code leads elsewhere now; restart it instead');
  if (past.interpreter!.commands.reissuable > MAX_COMMANDS)
    return refused(`more than ${MAX_COMMANDS} commands were open; restart it instead`);
  life.become(past);
  goOn(life, inputsAfter(inputs, failure), history);
  return { ...APPLIED, undoes: failure };
}

/** Makes lifetimes that are what a run was earlier: they go the way that its inputs went. */
class Reconstruction {
  constructor(
    private readonly life: Lifetime,
    private readonly history: RunHistory,
  ) {}

  /** The run as it was before one of its inputs. */
  before(failure: number, inputs: readonly RecordedInput[]): Lifetime {
    const end = inputs.findIndex(({ seq }) => seq === failure);
    const begin = inputs.findLastIndex(
      ({ seq, undoes }, i) => i < end && (undoes !== undefined || seq === this.life.runNumber),
    );
    const opening = inputs[begin];
    const past =
      opening?.undoes === undefined
        ? this.#begun()
        : this.#rewound(opening.undoes, opening.at, inputs.slice(0, begin));
    for (const { seq, at, body, outcome } of inputs.slice(begin + 1, end)) {
      past.time.reach(at);
      if (outcome !== 'late') past.apply({ seq, body });
      pass(past);
    }
    if (past.status === 'Suspended') past.resume();
    pass(past);
    return past;
  }

  /** The run as an earlier rewind left it. */
  #rewound(failure: number, at: number, inputs: readonly RecordedInput[]): Lifetime {
    const past = this.before(failure, inputs);
    past.time.reach(at);
    goOn(past, inputsAfter(inputs, failure), this.history);
    pass(past);
    return past;
  }

  /** The run as its opening left it. */
  #begun(): Lifetime {
    const past = this.life.anew(this.history.bodyOf);
    pass(past);
    return past;
  }
}

/** It goes on; what it decides is in steps already. */
function pass(past: Lifetime): void {
  past.advance();
  past.interpreter!.takeDecided();
}

/** Decides anew what is open, and applies the events that came since. */
function goOn(life: Lifetime, since: readonly RecordedInput[], { steps }: RunHistory): void {
  const { lastNumber, commands } = life.interpreter!;
  const first = nextGeneration(lastNumber);
  const kept = keptOf(steps, since, (n) => commands.isOpen(n) || (n > lastNumber && n < first));
  const events = since.filter(({ body }) => body.type === 'event');
  life.reissue(first, kept, events);
}
