import { ANNA, isClosed, Office, wordsOf } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack | undefined;
afterAll(() => stack?.dispose());

it('goes on with what waits when everything is stopped and started again on the same data', async () => {
  stack = await startTestStack();
  const before = await new Office(stack.url).raised('resumed');
  const due = await new Office(stack.url).raised('due-meanwhile', { ttlSeconds: 5 });
  await stack.stop();

  stack = await startTestStack({ dataDir: stack.dataDir });
  const office = new Office(stack.url);
  expect(await office.status(before.id)).toMatchObject({
    status: 'Running',
    customStatus: { stage: 'waiting' },
  });
  await office.click(await office.messageOf(before.id), { action: 'approve', user: ANNA });
  expect(await office.ended(before.id)).toMatchObject({
    status: 'Completed',
    result: { kind: 'approved', by: ANNA },
  });
  expect(await office.task('resumed')).toMatchObject({ status: 'APPROVED', calls: [{ action: 'approve' }] });
  expect(wordsOf(await office.messageOf(before.id, isClosed))).toContain('Approved by *Anna Lindqvist*');

  expect(await office.ended(due.id)).toMatchObject({ status: 'Completed', result: { kind: 'expired' } });
  expect(await office.task('due-meanwhile')).toBeUndefined();
});
