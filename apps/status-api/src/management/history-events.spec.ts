import type { StoredHistory } from '@countersign/jetstream';
import { aStep } from '@countersign/testing';
import type { AppliedInput, CommandRecord, InputBody, Step } from '@countersign/workflow';
import { historyEvents, type HistoryEvent } from './history-events';

const AT = Date.parse('2026-01-01T00:00:00Z');
const iso = (seconds: number) => new Date(AT + seconds * 1000).toISOString();
const ALL = { input: true, output: true };
const started: InputBody = { type: 'started', workflow: 'W', input: { a: 1 } };

/** A history told by inputs, each with its step; sequences are the inputs' own plus 100 for steps. */
class Told {
  private readonly steps: { seq: number; step: Step }[] = [];
  private readonly inputs = new Map<number, { seq: number; at: number; body: InputBody }>();

  step(bodies: readonly InputBody[], more: Partial<Step> = {}, outcome: Partial<AppliedInput> = {}): this {
    const n = this.steps.length + 1;
    const applied = bodies.map((body, i) => {
      const [seq, at] = [n * 10 + i, AT + n * 1000];
      this.inputs.set(seq, { seq, at, body });
      return { seq, at, outcome: 'applied' as const, ...outcome };
    });
    this.steps.push({ seq: 100 + n, step: aStep({ inputs: applied, updatedAt: AT + n * 1000, ...more }) });
    return this;
  }

  waiting(body: InputBody): this {
    this.inputs.set(999, { seq: 999, at: AT, body });
    return this;
  }

  events(shown = ALL, complete = true): HistoryEvent[] {
    const history: StoredHistory = { steps: this.steps, inputs: this.inputs, complete };
    return historyEvents(history, shown);
  }
}
const command = (
  n: number,
  kind: CommandRecord['kind'],
  name = '',
  args?: CommandRecord['args'],
): CommandRecord => ({
  n,
  kind,
  name,
  hash: '',
  ...(args !== undefined && { args }),
});
const types = (events: readonly HistoryEvent[]) => events.map(({ EventType }) => EventType);

describe('the history in the words of Durable Functions', () => {
  it('begins where the instance continued as new, when what is older is deleted', () => {
    const continued = { input: { round: 2 }, number: 4, pending: [999], sources: [] };
    const told = new Told().step([], { continued, commands: [command(5, 'wait', 'go')] });
    const events = told.waiting({ type: 'event', name: 'early', data: 1 }).events();
    expect(events).toMatchObject([
      { EventType: 'ContinueAsNew', Input: { round: 2 } },
      { EventType: 'EventAwaited', Name: 'go' },
    ]);
  });

  it('names the trace of the instance, and of who sent it something', () => {
    const [own, clicks] = ['a', 'b'].map((id) => `00-${id.repeat(32)}-${id.repeat(16)}-01`);
    const told = new Told()
      .step([{ ...started, trace: own }], { commands: [command(1, 'wait', 'go')] })
      .step([{ type: 'event', name: 'go', data: null, trace: clicks }], { status: 'Completed' });
    const traces = told.events().map(({ EventType, TraceParent }) => [EventType, TraceParent]);
    expect(traces).toEqual(
      expect.arrayContaining([
        ['ExecutionStarted', own],
        ['EventRaised', clicks],
        ['ExecutionCompleted', undefined],
      ]),
    );
  });

  it('shows a start, an activity with its result, and the end', () => {
    const told = new Told()
      .step([started], { commands: [command(1, 'task', 'send', { to: 'b' })] })
      .step([{ type: 'completed', run: 1, n: 1, result: 42 }], { status: 'Completed', result: 'done' });
    expect(told.events()).toEqual([
      {
        EventType: 'ExecutionStarted',
        Timestamp: iso(1),
        FunctionName: 'W',
        Input: { a: 1 },
        InputSequence: 10,
        StepSequence: 101,
      },
      {
        EventType: 'TaskCompleted',
        Timestamp: iso(2),
        FunctionName: 'send',
        ScheduledTime: iso(1),
        Input: { to: 'b' },
        Result: 42,
        Number: 1,
        InputSequence: 20,
        StepSequence: 102,
      },
      {
        EventType: 'ExecutionCompleted',
        Timestamp: iso(2),
        OrchestrationStatus: 'Completed',
        Result: 'done',
        StepSequence: 102,
      },
    ]);
    const bare = told.events({ input: false, output: false });
    expect(types(bare)).toEqual(['ExecutionStarted', 'TaskCompleted', 'ExecutionCompleted']);
    expect(JSON.stringify(bare)).not.toMatch(/"Input"|"Result"/);
  });

  it('shows what is still open as scheduled', () => {
    const told = new Told().step([started], {
      commands: [
        command(1, 'task', 'send'),
        command(2, 'timer'),
        command(3, 'wait', 'e'),
        command(4, 'child', 'Child', {}),
        command(5, 'signal', 'e', 1),
        command(6, 'patch', 'p'),
      ],
    });
    expect(types(told.events())).toEqual([
      'ExecutionStarted',
      'TaskScheduled',
      'TimerCreated',
      'EventAwaited',
      'SubOrchestrationInstanceCreated',
      'EventSent',
      'PatchApplied',
    ]);
  });

  it('shows failures with their reason, also where no results are wanted', () => {
    const error = { code: 'X', message: 'It broke', retryable: false };
    const told = new Told()
      .step([started], { commands: [command(1, 'task', 'send'), command(2, 'child', 'Child')] })
      .step([{ type: 'failed', run: 1, n: 1, error }])
      .step([{ type: 'failed', run: 1, n: 2, error }], { status: 'Failed', error });
    expect(told.events({ input: true, output: false }).slice(1)).toMatchObject([
      { EventType: 'TaskFailed', FunctionName: 'send', Reason: 'It broke', Details: error },
      { EventType: 'SubOrchestrationInstanceFailed', FunctionName: 'Child', Reason: 'It broke' },
      { EventType: 'ExecutionCompleted', OrchestrationStatus: 'Failed', Reason: 'It broke', Details: error },
    ]);
  });

  it('shows timers with the time when they were due', () => {
    const told = new Told()
      .step([started], { commands: [command(1, 'timer')] })
      .step([{ type: 'timer', run: 1, n: 1, due: AT + 1500 }]);
    expect(told.events().at(-1)).toMatchObject({
      EventType: 'TimerFired',
      FireAt: iso(1.5),
      ScheduledTime: iso(1),
    });
  });

  it('shows commands of operators with who and why', () => {
    const told = new Told()
      .step([started])
      .step([{ type: 'suspend', reason: 'a moment', by: 'me' }], { status: 'Suspended' })
      .step([{ type: 'resume' }])
      .step([{ type: 'terminate', reason: 'enough' }], { status: 'Terminated' });
    expect(told.events().slice(1)).toMatchObject([
      { EventType: 'ExecutionSuspended', Reason: 'a moment', By: 'me' },
      { EventType: 'ExecutionResumed' },
      { EventType: 'ExecutionTerminated', Reason: 'enough' },
      { EventType: 'ExecutionCompleted', OrchestrationStatus: 'Terminated' },
    ]);
  });

  it('shows each end of an instance that went on after it', () => {
    const ended = { status: 'Failed' } as const;
    const told = new Told()
      .step([started], ended)
      .step([{ type: 'rewind' }], ended)
      .step([{ type: 'restart' }], ended);
    expect(types(told.events())).toEqual([
      'ExecutionStarted',
      'ExecutionCompleted',
      'ExecutionRewound',
      'ExecutionCompleted',
      'ExecutionRestarted',
      'ExecutionCompleted',
    ]);
  });

  it('does not mistake the command of an earlier run for that of the same number', () => {
    const told = new Told()
      .step([started], { run: 10, commands: [command(1, 'task', 'old')] })
      .step([{ type: 'restart' }], { run: 20, commands: [command(1, 'task', 'new')] })
      .step([{ type: 'completed', run: 20, n: 1, result: null }], { run: 20 });
    expect(told.events().at(-1)).toMatchObject({ EventType: 'TaskCompleted', FunctionName: 'new' });
    expect(told.events()).toContainEqual(
      expect.objectContaining({ EventType: 'TaskScheduled', Name: 'old' }),
    );
  });

  it('tells what became of an input that was not simply applied', () => {
    const told = new Told()
      .step([started], { commands: [command(1, 'task', 'send')] })
      .step([{ type: 'completed', run: 1, n: 1, result: 1 }], {}, { outcome: 'late', why: 'it is settled' });
    expect(told.events().slice(1)).toMatchObject([
      { EventType: 'TaskScheduled', Name: 'send' },
      { EventType: 'TaskCompleted', Outcome: 'late', Why: 'it is settled' },
    ]);
  });

  it('shows what was withdrawn, but for waits', () => {
    const told = new Told()
      .step([started], {
        commands: [command(1, 'task', 'send'), command(2, 'timer'), command(3, 'wait', 'e')],
      })
      .step([{ type: 'event', name: 'other', data: null }], { canceled: [1, 2, 3] });
    expect(types(told.events()).slice(-2)).toEqual(['TaskCanceled', 'TimerCanceled']);
  });

  it('shows where a workflow continued as new', () => {
    const continued = { input: { round: 2 }, number: 0, pending: [], sources: [] };
    const told = new Told().step([started], { continued });
    expect(told.events()[1]).toMatchObject({ EventType: 'ContinueAsNew', Input: { round: 2 } });
  });

  it('shows inputs that no step lists yet', () => {
    const told = new Told().step([started]).waiting({ type: 'event', name: 'e', data: 'secret' });
    expect(told.events().at(-1)).toEqual({
      EventType: 'InputPending',
      Timestamp: iso(0),
      Name: 'event',
      InputSequence: 999,
    });
  });

  it('shows what was raised after the end, with its data, as late', () => {
    const told = new Told()
      .step([started], { status: 'Completed' })
      .waiting({ type: 'event', name: 'decision', data: { by: 'Ada' } });
    expect(told.events().at(-1)).toEqual({
      EventType: 'EventRaised',
      Timestamp: iso(0),
      Name: 'decision',
      Input: { by: 'Ada' },
      InputSequence: 999,
      Outcome: 'late',
      Why: 'the instance is Completed',
    });
  });

  it('says when it is too long to be shown', () => {
    const told = new Told().step([started]).waiting({ type: 'resume' });
    expect(types(told.events(ALL, false))).toEqual(['ExecutionStarted', 'HistoryTruncated']);
  });
});
