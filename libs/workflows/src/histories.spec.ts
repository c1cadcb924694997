/** Instances that older code began go on with the code of today: their recorded histories replay. */
import { join } from 'node:path';
import {
  notifyOnTask,
  processFile,
  processOrder,
  processSubmission,
  queryAudit,
  requestApproval,
  saveToken,
} from '@countersign/contracts';
import { historiesIn, replayHistory, type History } from '@countersign/testing';
import { call, isTerminal, now, setCustomStatus, workflow } from '@countersign/workflow';
import { definitions } from '.';

const historiesOf = (folder: string) => historiesIn(join(__dirname, folder, 'histories'));
/** Of instances that began before FlexDeploy told of changes: they wait on. */
const approvals = historiesOf('approvals');
const tasks = historiesIn(join(__dirname, 'approvals', 'histories', 'task-changed'));
const requests = historiesIn(join(__dirname, 'approvals', 'histories', 'requests'));
const queries = historiesOf('queries');
const submissions = historiesOf('submissions');
const orders = historiesOf('orders');
const files = historiesOf('files');

describe.each([...approvals, ...tasks, ...requests, ...queries, ...submissions, ...orders, ...files])(
  'the history %s',
  (_, history) => {
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

    it('stands still where its version is gone', () => {
      expect(replayHistory(history, [])).toMatchObject({
        kind: 'standstill',
        why: { kind: 'unknown-workflow', version: 1 },
      });
    });
  },
);

it.each([...approvals, ...tasks])(
  'the history %s of an approval finds out a workflow that was changed',
  (_, history) => {
    const changed = workflow(notifyOnTask, { version: 1 }, function* (input) {
      yield* setCustomStatus('changed');
      const { tokenHash } = yield* call(saveToken, { taskId: `${input.taskid}!`, dueAt: `${yield* now()}` });
      return { taskId: tokenHash, kind: 'approved' as const, at: '' };
    });
    expect(replayHistory(history, [changed])).toMatchObject(divergedAtOnce(history, firstCommandOf(history)));
  },
);

it.each(requests)('the history %s of a request finds out a workflow that was changed', (_, history) => {
  const changed = workflow(requestApproval, { version: 1 }, function* () {
    return yield* call({ name: 'chat.ask', queue: 'chat' }, {});
  });
  expect(replayHistory(history, [changed])).toMatchObject(divergedAtOnce(history, 'tokens.save'));
});

it.each(queries)('the history %s of a query finds out a workflow that was changed', (_, history) => {
  const changed = workflow(queryAudit, { version: 1 }, function* () {
    return yield* call({ name: 'query.sum', queue: 'query' }, {});
  });
  expect(replayHistory(history, [changed])).toMatchObject(divergedAtOnce(history, 'query.countDistinct'));
});

it.each(submissions)('the history %s of a talk finds out a workflow that was changed', (_, history) => {
  const changed = workflow(processSubmission, { version: 1 }, function* () {
    return yield* call({ name: 'reviews.toss', queue: 'reviews' }, {});
  });
  expect(replayHistory(history, [changed])).toMatchObject(divergedAtOnce(history, 'reviews.moderate'));
});

it.each(orders)('the history %s of an order finds out a workflow that was changed', (_, history) => {
  const changed = workflow(processOrder, { version: 1 }, function* () {
    return yield* call({ name: 'post.send', queue: 'post' }, {});
  });
  expect(replayHistory(history, [changed])).toMatchObject(divergedAtOnce(history, 'push.send'));
});

it.each(files)('the history %s of a file finds out a workflow that was changed', (_, history) => {
  const changed = workflow(processFile, { version: 1 }, function* () {
    return yield* call({ name: 'files.forget', queue: 'files' }, {});
  });
  expect(replayHistory(history, [changed])).toMatchObject(divergedAtOnce(history, 'files.register'));
});

const firstCommandOf = ({ steps }: History): string => steps[0]!.step.commands[0]!.name;

const divergedAtOnce = (history: History, expected: string) => ({
  kind: 'standstill',
  why: {
    kind: 'diverged',
    stepSeq: history.steps[0]!.seq,
    expected: expect.stringContaining(expected),
  },
});

it.each(approvals)(
  'an instance of the history %s that waits while this code comes goes on as it would have',
  (_, history) => {
    const bodies = new Map(history.inputs.map(({ seq, body }) => [seq, body]));
    for (let length = 1; length < history.steps.length; length++) {
      const replayed = replayHistory({ ...history, steps: history.steps.slice(0, length) }, definitions);
      if (replayed.kind !== 'ok') throw new Error(`it stands still after ${length} steps`);
      for (const { seq, step } of history.steps.slice(length)) {
        for (const input of step.inputs) replayed.execution.apply({ ...input, body: bodies.get(input.seq)! });
        const decided = replayed.execution.take().step;
        expect(decided.commands).toEqual(step.commands);
        expect(decided.status).toBe(step.status);
        replayed.execution.stored(seq);
      }
    }
  },
);

it('there is a history of every way in which an approval ends', () => {
  expect(approvals.map(([name]) => name)).toEqual(
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

it('there is a history of every way in which a task that FlexDeploy may tell of ends', () => {
  expect(tasks.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      ...approvals.map(([name]) => name),
      'told-of-a-change',
      'told-while-asking',
      'told-before-posted',
      'policy-of-a-task',
      'by-mail',
    ]),
  );
});

it('there is a history of every way in which a request goes', () => {
  expect(requests.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'approved',
      'expired',
      'withdrawn',
      'cancelled',
      'not-on-the-list',
      'told-in-vain',
      'member-of-a-group',
      'group-asked-again',
      'own-request',
      'quorum-reached',
      'quorum-overruled',
      'quorum-not-reached',
      'votes-shown-late',
      'reminded',
      'escalated',
      'escalated-by-mail',
      'escalated-in-vain',
      'decided-while-escalating',
      'cancelled-after-escalation',
      'reason-asked',
      'garbage',
      'stale-click',
    ]),
  );
});

it('there is a history of every way in which a query ends', () => {
  expect(queries.map(([name]) => name)).toEqual(
    expect.arrayContaining(['counted', 'failed', 'cancelled', 'too-long']),
  );
});

it('there is a history of every way in which a talk submission ends', () => {
  expect(submissions.map(([name]) => name)).toEqual(
    expect.arrayContaining([
      'approved',
      'rejected-in-moderation',
      'rejected-in-shortlisting',
      'rejected-in-selection',
      'approved-by-people',
      'rejected-by-people',
      'expired-by-people',
      'cancelled-while-people-decide',
      'reviewer-failed',
    ]),
  );
});

it('there is a history of every way in which an order ends', () => {
  expect(orders.map(([name]) => name)).toEqual(
    expect.arrayContaining(['finished', 'declined', 'expired', 'cancelled', 'unregistered', 'push-failed']),
  );
});

it('there is a history of every way in which a file ends', () => {
  expect(files.map(([name]) => name)).toEqual(
    expect.arrayContaining(['available', 'refused', 'download-refused', 'expired', 'gone', 'cancelled']),
  );
});
