import { join } from 'node:path';
import {
  moderate,
  requestApproval,
  select,
  shortlist,
  withdrawApproval,
  type ApprovalOutcomeKind,
  type ApprovalResult,
} from '@countersign/contracts';
import { given, keepHistory, type Story } from '@countersign/testing';
import { ENGINE_FAILURES, type Command } from '@countersign/workflow';
import { processSubmissionV1 } from './process-submission';

const HOUR = 3_600_000;
const talk = {
  id: 'talk-7',
  speaker: { name: 'Ada Lovelace', email: 'ada@example.com', bio: 'Writes programs.', country: 'GB' },
  title: 'Notes on the Engine',
  description: 'What a machine can do that only follows what it is told.',
  track: 'Backend',
};
const approval = { quorum: 2, reasonOnReject: true };
const YES = { accepted: true, reasons: [] };
const NO = { accepted: false, reasons: ['a rule was not met'] };

const submitted = () => given(processSubmissionV1, talk);
const keep = (name: string, story: Story) => keepHistory(join(__dirname, 'histories'), name, story);
const shows = (story: Story, stage: string) => {
  expect(story.instance.step.customStatus).toBe(stage);
  return story;
};
/** Every custom status that a poller could see, in order. */
const stages = ({ instance }: Story) => [...new Set(instance.steps.map(({ step }) => step.customStatus))];

it('is moderated, shortlisted and selected, and is in the programme', () => {
  const story = submitted().thenCalls(moderate, talk);
  shows(story, 'Moderation').whenDone(moderate, YES).thenCalls(shortlist, talk);
  shows(story, 'Shortlisting').whenDone(shortlist, YES).thenCalls(select, talk);
  shows(story, 'Selection').whenDone(select, YES).thenCompletes(true);
  expect(stages(story)).toEqual(['Moderation', 'Shortlisting', 'Selection', 'Approved']);
  keep('approved', story);
});

describe('the first one who says no ends it', () => {
  it('in the moderation', () => {
    const story = submitted().whenDone(moderate, NO).thenCompletes(false).thenNeverCalled(shortlist, select);
    expect(stages(story)).toEqual(['Moderation', 'Rejected']);
    keep('rejected-in-moderation', story);
  });

  it('in the shortlisting', () => {
    const story = submitted()
      .whenDone(moderate, YES)
      .whenDone(shortlist, NO)
      .thenCompletes(false)
      .thenNeverCalled(select);
    expect(stages(story)).toEqual(['Moderation', 'Shortlisting', 'Rejected']);
    keep('rejected-in-shortlisting', story);
  });

  it('in the selection', () => {
    const story = submitted()
      .whenDone(moderate, YES)
      .whenDone(shortlist, YES)
      .whenDone(select, NO)
      .thenCompletes(false);
    expect(stages(story)).toEqual(['Moderation', 'Shortlisting', 'Selection', 'Rejected']);
    keep('rejected-in-selection', story);
  });
});

describe('a reviewer that fails', () => {
  it('for good fails the submission with its reason', () => {
    const story = submitted().whenDone(moderate, YES).whenFails(shortlist, 'ReviewerBroken');
    shows(story, 'Shortlisting').thenFails('ReviewerBroken');
    expect(story.instance.step.error?.message).toBe('reviews.shortlist says ReviewerBroken');
    keep('reviewer-failed', story);
  });

  it('goes on there when the submission is rewound', () => {
    const story = submitted().whenDone(moderate, YES).whenFails(shortlist, 'ReviewerBroken');
    story.instance.control('rewind');
    story.thenCalls(shortlist, talk).whenDone(shortlist, YES).whenDone(select, YES).thenCompletes(true);
    story.thenCalledTimes(moderate, 1);
  });

  it('is waited for a day', () => {
    const story = submitted()
      .whenTimePasses(23 * HOUR)
      .thenCalls(moderate)
      .whenTimePasses(HOUR)
      .thenFails(ENGINE_FAILURES.scheduleToClose);
    expect(story.instance.step.error?.message).toContain('reviews.moderate did not finish');
  });
});

it('is cancelled while it is reviewed', () => {
  submitted().whenCancelled().thenWithdraws(moderate).thenIsCanceled();
});

describe('where people make the selection', () => {
  const shortlisted = (more: object = {}) =>
    given(processSubmissionV1, { ...talk, ...more, approval })
      .whenDone(moderate, YES)
      .whenDone(shortlist, YES);
  const lastOf = <Kind extends Command['kind']>(story: Story, kind: Kind) => {
    const command = story.instance.decision.commands.find((command) => command.kind === kind);
    if (command === undefined) throw new Error(`No ${kind} was decided`);
    return command as Extract<Command, { kind: Kind }>;
  };
  const asked = (story: Story) => lastOf(story, 'child');
  const decided = (story: Story, kind: ApprovalOutcomeKind, more: Partial<ApprovalResult> = {}) => {
    const { instance } = story;
    const result = { kind, at: '2030-01-01T00:00:00.000Z', votes: [], refusals: [], ...more };
    const n = instance.numberOf('child', requestApproval.name);
    instance.give({ type: 'completed', run: instance.run, n, result: JSON.parse(JSON.stringify(result)) });
    return story;
  };

  it('they are asked about the talk, as the policy says', () => {
    const story = shows(shortlisted(), 'Selection').thenCallsNothing().thenNeverCalled(select);
    expect(asked(story).name).toBe('RequestApproval');
    expect(JSON.parse(asked(story).args)).toEqual({
      subject: {
        description: talk.description,
        facts: [
          { label: 'Talk', value: 'Notes on the Engine' },
          { label: 'Speaker', value: 'Ada Lovelace' },
          { label: 'Track', value: 'Backend' },
          { label: 'Country', value: 'GB' },
        ],
      },
      approval,
    });
  });

  it('a description that is too long for a message is cut', () => {
    const { description } = (
      JSON.parse(asked(shortlisted({ description: '🎤'.repeat(5000) })).args) as {
        subject: { description: string };
      }
    ).subject;
    expect([description.length, description.at(-1), description.isWellFormed()]).toEqual([3000, '…', true]);
  });

  it('their yes puts it into the programme', () => {
    const story = decided(shortlisted(), 'approved').thenCompletes(true).thenNeverCalled(select);
    expect(stages(story)).toEqual(['Moderation', 'Shortlisting', 'Selection', 'Approved']);
    keep('approved-by-people', story);
  });

  it.each(['rejected', 'expired'] as const)('it is not in the programme when it is %s', (kind) => {
    const story = decided(shortlisted(), kind).thenCompletes(false);
    shows(story, 'Rejected');
    keep(`${kind}-by-people`, story);
  });

  it('any other end of the approval fails it, with what was noted', () => {
    const story = decided(shortlisted(), 'failed', { note: 'Slack is gone.' }).thenFails('SelectionFailed');
    expect(story.instance.step.error?.message).toBe('Slack is gone.');
  });

  it('fails as the approval failed', () => {
    const story = shortlisted();
    const { instance } = story;
    const error = { code: 'SlackRefused', message: 'Check SLACK_CHANNEL.', retryable: false };
    instance.give({ type: 'failed', run: instance.run, n: asked(story).n, error });
    story.thenFails('SlackRefused');
    keep('approval-failed', story);
  });

  it('the same approval is asked for again when the submission is rewound', () => {
    const story = shortlisted();
    const { instance } = story;
    const { childId, n } = asked(story);
    const error = { code: 'SlackRefused', message: 'Check SLACK_CHANNEL.', retryable: false };
    instance.give({ type: 'failed', run: instance.run, n, error });
    instance.control('rewind');
    expect(asked(story).childId).toBe(childId);
    decided(story, 'approved').thenCompletes(true);
  });

  it('a cancelled submission withdraws the question', () => {
    const story = shortlisted();
    const { childId } = asked(story);
    story.whenCancelled('The speaker is ill.').thenIsCanceled();
    const told = lastOf(story, 'signal');
    expect([told.target, told.name]).toEqual([childId, withdrawApproval.name]);
    expect(JSON.parse(told.args)).toEqual({ reason: 'The speaker is ill.' });
    keep('cancelled-while-people-decide', story);
  });
});
