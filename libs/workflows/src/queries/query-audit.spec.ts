import { join } from 'node:path';
import { countDistinct, discardCheckpoint } from '@countersign/contracts';
import { given, keepHistory, type Story } from '@countersign/testing';
import { ENGINE_FAILURES } from '@countersign/workflow';
import { queryAuditV1 } from './query-audit';

const HOUR = 3_600_000;
const days = { start: '2021-10-10', end: '2021-12-10' };

const asked = () => given(queryAuditV1, days);
const keep = (name: string, story: Story) => keepHistory(join(__dirname, 'histories'), name, story);

it('counts between the two days, discards the checkpoint and gives the number', () => {
  const story = asked()
    .thenCalls(countDistinct, days)
    .whenDone(countDistinct, 4711)
    .thenCalls(discardCheckpoint)
    .whenDone(discardCheckpoint, { discarded: 1 })
    .thenCompletes(4711);
  keep('counted', story);
});

it('fails as the query failed, and leaves no checkpoint', () => {
  const story = asked()
    .whenFails(countDistinct, 'AuditTableMissing')
    .thenCalls(discardCheckpoint)
    .whenDone(discardCheckpoint, { discarded: 0 })
    .thenFails('AuditTableMissing');
  keep('failed', story);
});

it('waits for hours, and for a day at most', () => {
  const story = asked()
    .whenTimePasses(23 * HOUR)
    .thenCalls(countDistinct)
    .whenTimePasses(HOUR)
    .thenCalls(discardCheckpoint)
    .whenDone(discardCheckpoint, { discarded: 1 })
    .thenFails(ENGINE_FAILURES.scheduleToClose);
  keep('too-long', story);
});

it('takes the query back when it is cancelled, and leaves no checkpoint', () => {
  const story = asked()
    .whenCancelled()
    .thenWithdraws(countDistinct)
    .thenCalls(discardCheckpoint)
    .whenCancelled()
    .thenCalls(discardCheckpoint)
    .whenDone(discardCheckpoint, { discarded: 1 })
    .thenIsCanceled();
  keep('cancelled', story);
});

it('gives the number although the checkpoint cannot be deleted', () => {
  const story = asked()
    .whenDone(countDistinct, 0)
    .whenFails(discardCheckpoint, 'BlobsUnavailable', true)
    .thenCompletes(0);
  keep('checkpoint-left', story);
});

it('does not wait long for a checkpoint to be deleted', () => {
  asked()
    .whenDone(countDistinct, 5)
    .whenTimePasses(HOUR / 60)
    .thenCompletes(5);
});

it('does nothing more when it is terminated', () => {
  asked().whenTerminated().thenWithdraws(countDistinct).thenIsTerminated().thenNeverCalled(discardCheckpoint);
});
