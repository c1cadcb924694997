/** However much people click and write, an approval stays within what a step holds. */
import {
  claimToken,
  postApproval,
  saveToken,
  showVotes,
  type ApprovalResult,
  type Decision,
  type Fact,
} from '@countersign/contracts';
import { given } from '@countersign/testing';
import { MAX_VALUE_BYTES, type Json } from '@countersign/workflow';
import { requestApprovalV1 } from './request-approval-workflow';
import { asked, clicked, message, statusOf, token, updated } from './testing/asked';

/** As many bytes of JSON as a character may take. */
const wide = (length: number) => '\u0fff'.repeat(length);
/** A click of which every field is as long as it may be. */
const longest = (id: string, action: Decision['action'] = 'approve'): Decision => ({
  id: id.padEnd(100, '\u0fff'),
  action,
  by: { id: id.padEnd(200, '\u0fff'), name: wide(200) },
  channel: 'slack',
  reason: wide(2000),
});
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

const crowded = (story: ReturnType<typeof asked>) => {
  for (let i = 0; i < 19; i++) story.whenRaised(clicked, longest(`v${i}`));
  for (let i = 0; i < 25; i++) story.whenRaised(clicked, longest('v0'));
  return story;
};

describe('twenty votes and more refusals than are kept, of people who write as much as they can', () => {
  it('fit into the custom status, with the beginnings of their reasons', () => {
    const status = statusOf(crowded(asked({ quorum: 20 })));
    expect(status.votes!.length).toBe(19);
    expect(status.refusals!.length).toBe(20);
    expect(status.votes![0]!.reason!.length).toBe(201);
    expect(bytesOf(status)).toBeLessThan(MAX_VALUE_BYTES / 2);
  });

  it('fit into the result, with the whole reasons of those that count', () => {
    const story = crowded(asked({ quorum: 20 })).whenRaised(clicked, longest('last', 'reject'));
    updated(story.whenDone(claimToken, { claimed: true }).whenDone(showVotes, { updated: true }));
    story.thenCompletes({ kind: 'rejected' });
    const { votes } = story.instance.step.result as unknown as ApprovalResult;
    expect(votes.length).toBe(20);
    expect(votes[0]!.reason!.length).toBe(2000);
  });
});

describe('a subject that leaves no room for clicks', () => {
  const facts: Fact[] = Array.from({ length: 40 }, () => ({ label: 'x', value: wide(2000) }));
  const description = wide(3000);
  const story = () =>
    crowded(
      given(requestApprovalV1, {
        subject: { description, facts },
        approval: { quorum: 20 },
      } as unknown as Json)
        .whenDone(saveToken, token)
        .whenDone(postApproval, message),
    );

  it('is shown by its beginning; the approval goes on, and shows every vote and the newest refusal', () => {
    expect(bytesOf({ description, facts })).toBeGreaterThan((MAX_VALUE_BYTES * 9) / 10);
    const crowd = story();
    crowd.thenIsRunning().thenShows({ stage: 'waiting', tokenHash: token.tokenHash, subject: { facts: [] } });
    const { votes, refusals } = statusOf(crowd);
    expect(votes!.length).toBe(19);
    expect(refusals!.length).toBe(1);
    crowd.whenRaised(clicked, longest('last')).thenShows({ stage: 'deciding' });
  });
});
