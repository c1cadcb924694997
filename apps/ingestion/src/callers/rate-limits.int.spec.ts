/** What the limits are for ingestion: starts are counted, clicks and FlexDeploy's events are not. */
import { HOST_KEY, RunningIngestion } from '../testing/running-ingestion';

const WEBHOOK_SECRET = 'a secret of FlexDeploy';
const task = { taskid: '8900', description: 'DiPocket v. is about to be deployed to PROD' };
const click = { type: 'block_actions', user: { id: 'U1', name: 'Jane' }, actions: [] };

let ingestion: RunningIngestion;
beforeEach(async () => {
  ingestion = await RunningIngestion.start({
    RATE_LIMIT_PER_ADDRESS: '2',
    RATE_LIMIT_PER_KEY: '3',
    RATE_LIMIT_FAILURES: '2',
    FLEXDEPLOY_WEBHOOK_SECRET: WEBHOOK_SECRET,
  });
});
afterEach(() => ingestion.stop());

const start = async (headers: Record<string, string> = {}) =>
  (await ingestion.post('/api/orchestrators/NotifyOnTask', task, headers)).status;

async function several(count: number, ask: () => Promise<number>): Promise<number[]> {
  const statuses = [];
  for (let n = 0; n < count; n++) statuses.push(await ask());
  return statuses;
}

it('an address may start so many, a caller with a key so many more; the others of the minute start nothing', async () => {
  expect(await several(3, () => start())).toEqual([202, 202, 429]);
  expect(await several(4, () => start({ 'x-functions-key': HOST_KEY }))).toEqual([202, 202, 202, 429]);
  expect((await ingestion.storedSubjects()).filter((subject) => subject.endsWith('.in'))).toHaveLength(5);
  expect((await fetch(`${ingestion.url}/health/live`)).status).toBe(200);
});

it('no click and no event is lost, whatever else comes from their address', async () => {
  const event = async () =>
    (
      await ingestion.post(
        '/flexdeploy/webhook',
        { eventType: 'Release Created' },
        { 'x-flexdeploy-secret': WEBHOOK_SECRET },
      )
    ).status;
  const forged = { 'x-slack-signature': `v0=${'0'.repeat(64)}` };
  expect(new Set(await several(5, async () => (await ingestion.slack(click, forged)).status))).toEqual(
    new Set([401]),
  );
  await several(5, () => start());
  expect(new Set(await several(10, async () => (await ingestion.slack(click)).status))).toEqual(
    new Set([200]),
  );
  expect(new Set(await several(10, event))).toEqual(new Set([200]));
});

it('who has guessed keys too often gets no more answers, also while bytes of a file are sent', async () => {
  const guess = (path: string) => async () =>
    (await ingestion.post(path, task, { 'x-functions-key': 'guess' })).status;
  expect(await several(3, guess('/api/orchestrators/NotifyOnTask'))).toEqual([401, 401, 429]);
  expect(await several(1, guess('/api/file/add?name=a'))).toEqual([429]);
});
