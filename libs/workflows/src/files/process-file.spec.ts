import { join } from 'node:path';
import {
  analyseFile,
  claimToken,
  downloadApproved,
  markFile,
  postApproval,
  registerFile,
  saveToken,
  updateMessage,
  uploadApproved,
  decision,
  type FileStatus,
} from '@countersign/contracts';
import { given, keepHistory, type Story } from '@countersign/testing';
import { ENGINE_FAILURES, type Json } from '@countersign/workflow';
import { processFileV1 } from './process-file';

const SECOND = 1000;
const DAY = 24 * 3600 * SECOND;
const file = {
  fileId: 'f00d',
  name: 'report.txt',
  contentType: 'text/plain',
  size: 12,
  uploadedAt: '2031-03-04T10:30:00.000Z',
  uploadedBy: 'key:release',
};
const facts = {
  size: 12,
  sha256: 'a'.repeat(64),
  detectedType: 'text/plain',
  text: { characters: 12, words: 2, lines: 1 },
};
const anna = { id: 'key:anna', name: 'anna' };

const uploaded = (more: Record<string, Json> = {}) => given(processFileV1, { ...file, ...more });
const registered = (more?: Record<string, Json>) =>
  uploaded(more).thenCalls(registerFile, file).whenDone(registerFile, { registered: true });
const takenIn = (more?: Record<string, Json>) =>
  registered(more).whenRaised(uploadApproved, { by: anna, id: 'click 1' }).thenInputIs('applied');
const analysed = (more?: Record<string, Json>) =>
  takenIn(more).thenCalls(analyseFile, file).whenDone(analyseFile, facts);
const keep = (name: string, story: Story) => keepHistory(join(__dirname, 'histories'), name, story);
/** Every stage that a poller could see, in order. */
const stages = ({ instance }: Story) =>
  [...new Set(instance.steps.map(({ step }) => (step.customStatus as FileStatus | undefined)?.stage))].filter(
    (stage) => stage !== undefined,
  );
const output = (story: Story) => story.instance.step.result;

describe('a file that is approved twice', () => {
  it('is registered, analysed and available, in this order', () => {
    const story = registered()
      .thenCallsNothing()
      .thenWaitsFor(uploadApproved)
      .thenShows({ stage: 'awaiting-upload-approval', name: 'report.txt', approval: { stage: 'waiting' } })
      .whenRaised(uploadApproved, { by: anna, id: 'click 1' })
      .thenShows({
        stage: 'analysing',
        approval: { stage: 'decided', decision: { id: 'click 1', by: anna } },
      })
      .thenCalls(analyseFile, file)
      .whenDone(analyseFile, facts)
      .thenWaitsFor(downloadApproved)
      .thenShows({ stage: 'awaiting-download-approval', facts, approval: { stage: 'waiting' } })
      .whenRaised(downloadApproved, { by: anna, reason: 'looks good' })
      .thenCalls(markFile, {
        ...file,
        state: 'Available',
        facts,
        note: 'Approved by anna (key:anna): looks good',
      })
      .thenShows({ stage: 'awaiting-download-approval' })
      .whenDone(markFile, { marked: true })
      .thenShows({ stage: 'available', facts });
    expect(output(story)).toMatchObject({
      fileId: 'f00d',
      available: true,
      facts,
      upload: { kind: 'approved', by: anna, channel: 'key', votes: [{ id: 'click 1' }] },
      download: { kind: 'approved', by: anna, reason: 'looks good' },
    });
    expect(stages(story)).toEqual([
      'received',
      'awaiting-upload-approval',
      'analysing',
      'awaiting-download-approval',
      'available',
    ]);
    keep('available', story);
  });

  it('keeps the second approval when it comes first', () => {
    const story = uploaded()
      .whenRaised(downloadApproved, {})
      .whenDone(registerFile, { registered: true })
      .thenWaitsFor(uploadApproved)
      .whenRaised(uploadApproved, {})
      .thenCalls(analyseFile)
      .whenDone(analyseFile, facts)
      .thenCalls(markFile, { state: 'Available' })
      .whenDone(markFile, { marked: true });
    expect(output(story)).toMatchObject({ available: true });
    keep('second-approval-first', story);
  });

  it('takes a double click on the first one for one approval', () => {
    takenIn()
      .whenRaised(uploadApproved, { by: anna })
      .whenDone(analyseFile, facts)
      .thenWaitsFor(downloadApproved)
      .thenCallsNothing();
  });
});

describe('a file that is refused', () => {
  it('before its analysis is never read', () => {
    const story = registered()
      .whenRaised(uploadApproved, { approved: false, reason: 'not ours', by: anna })
      .thenCalls(markFile, { ...file, state: 'Refused', note: 'Refused by anna (key:anna): not ours' })
      .whenDone(markFile, { marked: true })
      .thenShows({ stage: 'refused' })
      .thenNeverCalled(analyseFile);
    expect(output(story)).toMatchObject({
      available: false,
      upload: { kind: 'rejected', reason: 'not ours' },
    });
    keep('refused', story);
  });

  it('after its analysis is not available', () => {
    const story = analysed()
      .whenRaised(downloadApproved, { approved: false, by: anna })
      .thenCalls(markFile, { state: 'Refused', facts })
      .whenDone(markFile, { marked: true })
      .thenShows({ stage: 'refused', facts });
    expect(output(story)).toMatchObject({ available: false, facts, download: { kind: 'rejected' } });
    keep('download-refused', story);
  });
});

describe('a file about which nobody decides', () => {
  it('expires after a week', () => {
    const story = registered()
      .whenTimePasses(7 * DAY - SECOND)
      .thenCallsNothing()
      .whenTimePasses(SECOND)
      .thenCalls(markFile, { state: 'Expired' })
      .whenDone(markFile, { marked: true })
      .thenShows({ stage: 'expired' })
      .thenNeverCalled(analyseFile);
    expect(output(story)).toMatchObject({ available: false, upload: { kind: 'expired' } });
    keep('expired', story);
  });

  it.each([
    ['that was asked for', { approvalSeconds: 60 }, 60],
    ['of the policy', { approvalSeconds: 60, approval: { ttlSeconds: 30 } }, 30],
  ])('expires after the time %s, at either approval', (_, more, seconds) => {
    registered(more)
      .whenTimePasses(seconds * SECOND)
      .thenCalls(markFile, { state: 'Expired' });
    const story = analysed(more)
      .whenTimePasses((seconds - 1) * SECOND)
      .thenCallsNothing()
      .whenTimePasses(SECOND)
      .thenCalls(markFile, { state: 'Expired', facts })
      .whenDone(markFile, { marked: true });
    expect(output(story)).toMatchObject({ available: false, download: { kind: 'expired' } });
  });
});

describe('a policy', () => {
  it('keeps strangers and the uploader from deciding, and counts two people', () => {
    const approval = {
      approvers: { users: ['key:anna', 'key:ben', 'key:release'] },
      quorum: 2,
      noSelfApproval: true,
    };
    const story = registered({ approval })
      .whenRaised(uploadApproved, { by: { id: 'key:eve', name: 'eve' }, id: '1' })
      .thenShows({ approval: { refusals: [{ id: '1', refused: 'not-an-approver' }] } })
      .whenRaised(uploadApproved, { by: { id: 'key:release', name: 'release' }, id: '2' })
      .whenRaised(uploadApproved, { by: { id: 'http', name: 'anna' }, id: '3' })
      .whenRaised(uploadApproved, { by: anna, id: '4' })
      .whenRaised(uploadApproved, { by: anna, id: '5' })
      .thenShows({
        stage: 'awaiting-upload-approval',
        approval: {
          votes: [{ id: '4' }],
          refusals: [
            { id: '1' },
            { id: '2', refused: 'own-request' },
            { id: '3', refused: 'unidentified' },
            { id: '5', refused: 'voted-already' },
          ],
        },
      })
      .thenCallsNothing()
      .whenRaised(uploadApproved, { by: { id: 'key:ben', name: 'ben' } })
      .thenCalls(analyseFile);
    keep('quorum', story.whenFails(analyseFile, 'FileGone'));
  });

  it('may ask in a channel', () => {
    const story = registered({ approval: { channel: 'slack' } })
      .thenCalls(saveToken, { taskId: 'f00d' })
      .whenDone(saveToken, { tokenHash: 'b'.repeat(64), sealedToken: 'sealed' })
      .thenCalls(postApproval, { tokenHash: 'b'.repeat(64) })
      .whenDone(postApproval, { channel: 'C1', ts: '1.2' })
      .thenShows({ approval: { stage: 'waiting', tokenHash: 'b'.repeat(64) } })
      .whenRaised(decision.of('b'.repeat(64)), {
        action: 'approve',
        by: { id: 'U1', name: 'Anna' },
        channel: 'slack',
      })
      .whenDone(claimToken, { claimed: true })
      .whenDone(updateMessage, { updated: true })
      .thenCalls(analyseFile);
    keep('by-slack', story.whenFails(analyseFile, 'FileGone').thenFails('FileGone'));
  });
});

describe('a workflow that does not come to its end', () => {
  it('fails as the analysis fails', () => {
    const story = takenIn()
      .whenFails(analyseFile, 'FileGone')
      .thenFails('FileGone')
      .thenNeverCalled(markFile);
    keep('gone', story);
  });

  it('waits for the store for a day', () => {
    takenIn()
      .whenTimePasses(DAY - SECOND)
      .thenCalls(analyseFile)
      .whenTimePasses(SECOND)
      .thenFails(ENGINE_FAILURES.scheduleToClose);
  });

  it('refuses the file when it is cancelled', () => {
    const story = takenIn()
      .whenCancelled('a mistake')
      .thenWithdraws(analyseFile)
      .thenCalls(markFile, { state: 'Refused' })
      .whenDone(markFile, { marked: true })
      .thenIsCanceled();
    keep('cancelled', story);
  });
});
