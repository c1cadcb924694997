import { aStep as step } from '@countersign/testing';
import type { InputBody } from '../protocol/inputs';
import type { AppliedInput, CommandRecord } from '../protocol/step';
import { keyOf } from './command';
import { inputsAfter, inputsOf, keptOf, neededOf, type RecordedInput } from './run-history';

const listed = (seq: number, outcome: AppliedInput['outcome'] = 'applied'): AppliedInput => ({
  seq,
  at: seq,
  outcome,
});
const continued = { input: null, number: 9, pending: [], sources: [] };
const seqs = (inputs: readonly AppliedInput[]) => inputs.map(({ seq }) => seq);

describe('the steps that replay needs', () => {
  it('are all of a run that never continued as new', () => {
    const steps = [step({ inputs: [listed(1)] }), step({ inputs: [listed(2)] })];
    expect(neededOf(steps)).toEqual(steps);
  });

  it('begin where it continued as new last; what led to that is settled', () => {
    const newest = step({ inputs: [listed(3)], continued });
    const after = step({ inputs: [listed(4)] });
    const steps = [step({ inputs: [listed(1)] }), step({ inputs: [listed(2)], continued }), newest, after];
    expect(neededOf(steps)).toEqual([{ ...newest, inputs: [] }, after]);
  });
});

describe('the inputs of a run', () => {
  it('are those that meant something to it, in the order in which they were applied', () => {
    const steps = [
      step({ inputs: [listed(5), listed(3, 'buffered'), listed(6, 'refused')] }),
      step({ inputs: [listed(4, 'late'), listed(7, 'duplicate')] }),
    ];
    const bodyOf = (seq: number): InputBody => ({ type: 'event', name: `e${seq}`, data: null });
    const inputs = inputsOf({ steps, bodyOf });
    expect(inputs.map(({ seq, body }) => [seq, body.type === 'event' && body.name])).toEqual([
      [5, 'e5'],
      [3, 'e3'],
      [4, 'e4'],
    ]);
    expect(seqs(inputsAfter(inputs, 5))).toEqual([3, 4]);
    expect(inputsAfter(inputs, 4)).toEqual([]);
  });
});

describe('what is not done again', () => {
  const record = (n: number, part: Partial<CommandRecord> = {}): CommandRecord => ({
    n,
    kind: 'task',
    name: 'a',
    hash: 'h',
    ...part,
  });
  const settled = (body: InputBody): RecordedInput => ({ ...listed(1), body });
  const completed = (n: number, result: string) => settled({ type: 'completed', run: 1, n, result });
  const always = () => true;

  it('are decisions with a result, told apart by what was decided and not by their numbers', () => {
    const steps = [
      step({ commands: [record(1), record(2)] }),
      step({ commands: [record(3, { hash: 'i' })] }),
    ];
    const kept = keptOf(
      steps,
      [completed(2, 'first'), completed(3, 'other'), completed(1, 'second')],
      always,
    );
    expect([...kept]).toEqual([
      [keyOf(record(0)), ['first', 'second']],
      [keyOf(record(0, { hash: 'i' })), ['other']],
    ]);
  });

  it('are signals, which have no result', () => {
    const signal = record(1, { kind: 'signal', name: 'paid' });
    expect([...keptOf([step({ commands: [signal] })], [], always)]).toEqual([[keyOf(signal), [null]]]);
  });

  it('are not those that failed, that no step lists, or that replay makes again', () => {
    const error = { code: 'Broken', message: '', retryable: false };
    const steps = [step({ commands: [record(1), record(2), record(3, { kind: 'signal' })] })];
    const since = [settled({ type: 'failed', run: 1, n: 1, error }), completed(2, 'x'), completed(9, 'x')];
    expect(keptOf(steps, since, (n) => n !== 2 && n !== 3).size).toBe(0);
  });
});
