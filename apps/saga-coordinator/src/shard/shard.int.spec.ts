import { InstanceSubjects } from '@countersign/contracts';
import { PATIENCE } from '@countersign/testing';
import { RealDeployment, type RealCoordinator } from '../testing/real-deployment';
import { definitions, future, hasty } from '../testing/workflows';

const INSTANCES = 20;
const ids = Array.from({ length: INSTANCES }, (_, i) => `instance-${i}`);

let deployment: RealDeployment;
let coordinators: RealCoordinator[];

const begin = async (pinned: boolean) => {
  deployment = await RealDeployment.start(pinned);
  coordinators = [];
};
const open = async (options: Parameters<RealDeployment['coordinator']>[0] = {}) => {
  const coordinator = await deployment.coordinator(options);
  coordinators.push(coordinator);
  return coordinator;
};
const gone = (coordinator: RealCoordinator) => {
  coordinators = coordinators.filter((other) => other !== coordinator);
};
const startAll = (workflow: string, size = 2) =>
  Promise.all(ids.map((id) => deployment.start(id, workflow, size)));
const allReach = (status: string) => Promise.all(ids.map((id) => deployment.reaches(id, status)));
const allLinear = () => Promise.all(ids.map((id) => deployment.expectLinear(id)));

afterEach(async () => {
  for (const coordinator of coordinators) await coordinator.close();
  await deployment.stop();
});

describe('one coordinator at a time', () => {
  beforeEach(async () => {
    await begin(true);
    await deployment.deliverOnce();
  });

  it('runs workflows to their end and acknowledges everything', async () => {
    await open();
    deployment.performTasks();
    await Promise.all([startAll('fan-in'), deployment.start('parent', 'parent')]);
    await allReach('Completed');
    await deployment.reaches('parent', 'Completed');
    await deployment.settled();
    await allLinear();
  });

  it('lets go of everything when it is closed, also of what waits for its activities or company', async () => {
    const coordinator = await open({ limits: { watchdogDelay: 60_000 } });
    await startAll('fan-in');
    await allReach('Running');
    expect(await deployment.unsettled()).toBe(INSTANCES);
    await coordinator.close();
    gone(coordinator);
    expect(await deployment.unsettled()).toBe(0);
    expect(await deployment.logs.at(0).subjects('wf.0.*.timer.>')).toHaveLength(INSTANCES);
  });

  it('hazard 3: what waits, is suspended or has no code holds no acknowledgement', async () => {
    await open();
    await deployment.start('waits', 'for-ever');
    await deployment.start('works', 'fan-in');
    await deployment.client.control('works', { type: 'suspend' });
    await deployment.start('parked', 'future');
    await deployment.reaches('works', 'Suspended');
    await deployment.settled();
  });

  it('hazard 5: a task that nobody performs fails at its scheduleToClose', async () => {
    await open({ code: [hasty], limits: { watchdogDelay: 0 } });
    await deployment.start('hasty', 'hasty');
    const step = await deployment.reaches('hasty', 'Failed');
    expect(step?.error?.code).toBe('ScheduleToCloseTimeout');
  });

  it('purges by itself what ended long ago', async () => {
    const { shard } = await open({ limits: { retention: 0 } });
    deployment.performTasks();
    await deployment.start('ends', 'sequence');
    await deployment.start('waits', 'for-ever');
    await deployment.reaches('ends', 'Completed');
    await shard.sweep();
    await deployment.settled();
    expect(await deployment.client.read('ends')).toBeUndefined();
    expect(await deployment.client.read('waits')).toMatchObject({ status: 'Running' });
  });

  it('a parked instance goes on by itself when its code comes', async () => {
    const old = await open();
    await deployment.start('one', 'future');
    await deployment.client.raise('one', { name: 'go' }, { any: 1 });
    await deployment.settled();
    expect(await deployment.logs.at(0).subjects('wf.0.*.parked')).toHaveLength(1);
    await old.close();
    gone(old);
    deployment.performTasks();
    const { shard } = await open({ code: [...definitions, future] });
    await shard.recover();
    await deployment.reaches('one', 'Completed');
    await deployment.settled();
    expect(await deployment.logs.at(0).subjects('wf.0.*.parked')).toEqual([]);
  });

  it('hazard 13: after a purge the id is free, whatever comes late', async () => {
    await open();
    await deployment.start('one', 'fan-in');
    await deployment.reaches('one', 'Running');
    await deployment.settled();
    const [task = ''] = await deployment.logs.at(0).subjects('wf.0.one.task.>');
    await deployment.client.control('one', { type: 'terminate' });
    await deployment.reaches('one', 'Terminated');
    await deployment.client.control('one', { type: 'purge' });
    await deployment.settled();
    expect(await deployment.client.read('one')).toBeUndefined();
    await deployment.complete(task);
    await deployment.settled();
    expect(await deployment.logs.at(0).subjects('wf.0.one.>')).toEqual(['wf.0.one.purged']);
    await deployment.start('one', 'for-ever');
    await deployment.reaches('one', 'Running');
  });

  it('hazard 21: every timer of a lost race is gone', async () => {
    await open();
    await deployment.start('one', 'approval');
    await deployment.reaches('one', 'Running');
    const { timers } = new InstanceSubjects(0, 'one');
    await deployment.settled();
    const before = await deployment.logs.at(0).subjects(timers);
    await deployment.client.raise('one', { name: 'go' }, { any: 1 });
    await deployment.client.waitFor('one', ({ step }) => step?.customStatus === 'approved', PATIENCE);
    await deployment.settled();
    const after = await deployment.logs.at(0).subjects(timers);
    expect(before).toHaveLength(3);
    expect(after).toHaveLength(1);
    expect(before).not.toContain(after[0]);
  });
});

describe('one coordinator after the other', () => {
  beforeEach(() => begin(true));

  it('hands over when it is killed: another one finishes everything', async () => {
    const first = await open();
    deployment.performTasks();
    await startAll('fan-in');
    await deployment.client.waitFor('instance-0', ({ step }) => step !== undefined, PATIENCE);
    await first.kill();
    gone(first);
    await open();
    await allReach('Completed');
    await allLinear();
    await deployment.settled();
  });
});

describe('two coordinators at once', () => {
  beforeEach(() => begin(false));

  it.each([10_000, 0])('keep every instance linear (cache %i)', async (cachedInstances) => {
    await open({ limits: { cachedInstances } });
    await open({ limits: { cachedInstances } });
    deployment.performTasks();
    await startAll('fan-in', 4);
    await allReach('Completed');
    await allLinear();
    await deployment.settled();
    const tasks = await deployment.logs.at(0).subjects('wf.0.*.task.>');
    expect(tasks).toHaveLength(INSTANCES * 6);
  });
});
