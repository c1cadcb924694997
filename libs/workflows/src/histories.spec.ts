/** Instances that older code began go on with the code of today: their recorded histories replay. */
import { join } from 'node:path';
import { notifyOnTask, saveToken } from '@countersign/contracts';
import { historiesIn, replayHistory } from '@countersign/testing';
import { call, isTerminal, now, setCustomStatus, workflow } from '@countersign/workflow';
import { definitions } from '.';

const histories = historiesIn(join(__dirname, 'approvals', 'histories'));

describe.each(histories)('the history %s', (_, history) => {
  it('replays to its end', () => {
    const replayed = replayHistory(history, definitions);
    expect(replayed).toMatchObject({ kind: 'ok' });
    expect(replayed.kind === 'ok' && replayed.execution.status).toBe(history.steps.at(-1)!.step.status);
    expect(isTerminal(history.steps.at(-1)!.step.status)).toBe(true);
  });

  it('replays from every step on: an instance may be anywhere when it is deployed', () => {
    for (let length = 0; length <= history.steps.length; length++)
      expect(replayHistory({ ...history, steps: history.steps.slice(0, length) }, definitions).kind).toBe(
        'ok',
      );
  });

  it('finds out a workflow that was changed', () => {
    const changed = workflow(notifyOnTask, { version: 1 }, function* (input) {
      yield* setCustomStatus('changed');
      const { tokenHash } = yield* call(saveToken, { taskId: `${input.taskid}!`, dueAt: `${yield* now()}` });
      return { taskId: tokenHash, kind: 'approved' as const, at: '' };
    });
    expect(replayHistory(history, [changed])).toMatchObject({
      kind: 'standstill',
      why: {
        kind: 'diverged',
        stepSeq: history.steps[0]!.seq,
        expected: expect.stringContaining('tokens.save'),
      },
    });
  });

  it('stands still where its version is gone', () => {
    expect(replayHistory(history, [])).toMatchObject({
      kind: 'standstill',
      why: { kind: 'unknown-workflow', workflow: 'NotifyOnTask', version: 1 },
    });
  });
});

it('there is a history of every way in which an approval ends', () => {
  expect(histories.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'approved',
      'rejected',
      'expired',
      'reconciled',
      'cancelled',
      'slack-unreachable',
    ]),
  );
});
