/** Rows of the token table that vanish, as they do when the table's server loses its last seconds. */
import type { TableClient } from '@azure/data-tables';
import { tableOf } from './support/audit-table';
import { eventually } from '@countersign/testing';
import { ANNA, BEN, isClosed, Office, wordsOf } from './support/office';
import { startTestStack, type TestStack } from './support/test-stack';

let stack: TestStack;
let office: Office;
let rows: TableClient;
beforeAll(async () => {
  stack = await startTestStack();
  office = new Office(stack.url);
  rows = tableOf(stack, 'tokens');
});
afterAll(() => stack?.dispose());

interface Row {
  readonly State: string;
  readonly InstanceId: string;
  readonly DecidedBy?: string;
}

const rowOf = (tokenHash: string) => rows.getEntity<Row>('tokens', tokenHash);
const vanish = (tokenHash: string) => rows.deleteEntity('tokens', tokenHash);
const hashIn = (message: { metadata: { event_payload: { token_hash: string } } }) =>
  message.metadata.event_payload.token_hash;

it('decides once although the row vanished while the approval waited, and writes it anew', async () => {
  const { id, message, token } = await office.raised('vanished-waiting');
  await vanish(hashIn(message));
  await Promise.all([
    office.click(message, { action: 'approve', user: ANNA, times: 3 }),
    office.request('POST', `/approvals/${token}`, { action: 'approve', by: 'Ben' }),
  ]);
  expect(await office.ended(id)).toMatchObject({ status: 'Completed', result: { kind: 'approved' } });
  expect((await office.task('vanished-waiting'))?.calls).toMatchObject([{ action: 'approve', status: 200 }]);
  expect(await rowOf(hashIn(message))).toMatchObject({ State: 'Used', InstanceId: id });
});

it('is not decided a second time when the row vanishes after the claim', async () => {
  const { id, message, token } = await office.raised('vanished-claimed');
  await office.fault({ target: 'flexdeploy', mode: 'down' });
  await office.click(message, { action: 'approve', user: ANNA });
  await eventually(
    () => rowOf(hashIn(message)),
    ({ State }) => State === 'Used',
  );
  await vanish(hashIn(message));
  const [again] = await office.click(message, { action: 'reject', user: BEN });
  expect(again).toMatchObject({ status: 200, body: expect.stringContaining('Approved by Anna Lindqvist') });
  expect((await office.request('POST', `/approvals/${token}`, { action: 'reject' })).status).toBe(409);
  await office.fault({ target: 'flexdeploy', mode: 'off' });
  expect(await office.ended(id)).toMatchObject({
    status: 'Completed',
    result: { kind: 'approved', by: ANNA },
  });

  expect((await office.request('POST', `/approvals/${token}`, { action: 'reject' })).status).toBe(409);
  expect((await office.task('vanished-claimed'))?.calls).toMatchObject([{ action: 'approve', status: 200 }]);
  expect(wordsOf(await office.messageOf(id, isClosed))).toContain('Approved by *Anna Lindqvist*');
});

it('refuses a click on an expired approval whose row vanished', async () => {
  const { id, message, token } = await office.raised('vanished-expired', { ttlSeconds: 3 });
  await vanish(hashIn(message));
  expect(await office.ended(id)).toMatchObject({ result: { kind: 'expired' } });
  expect(await rowOf(hashIn(message))).toMatchObject({ State: 'Revoked' });
  expect((await office.request('POST', `/approvals/${token}`, { action: 'approve' })).status).toBe(410);
  expect(await office.task('vanished-expired')).toBeUndefined();
});

it('revokes the token when the message can never be posted', async () => {
  await office.fault({ target: 'slack', mode: 'unauthorized' });
  const id = await office.started('never-posted');
  await office.ended(id);
  await office.fault({ target: 'slack', mode: 'off' });
  const states: string[] = [];
  const query = { queryOptions: { filter: `InstanceId eq '${id}'` } };
  for await (const { State } of rows.listEntities<Row>(query)) states.push(State);
  expect(states).toEqual(['Revoked']);
});
