/** The whole service on a real nats-server. */
import { setTimeout as pause } from 'node:timers/promises';
import { InstanceSubjects, moderate, select, shortlist, type ActivityContract } from '@countersign/contracts';
import { ActivityServer, JetStreamConnection, ShardLogs } from '@countersign/jetstream';
import { loadConfig, startService } from '@countersign/service';
import { aStep, type NatsServer, startNatsServer } from '@countersign/testing';
import { DEFAULT_CALL_OPTIONS, type Json, type Task } from '@countersign/workflow';
import type { INestApplication } from '@nestjs/common';
import { talkReviewerModule } from './app.module';
import { TalkReviewerConfig } from './config';

const RUN = 1;
const talk = {
  speaker: { name: 'Ada', email: 'ada@example.com', bio: 'Writes programs daily.', country: 'GB' },
  title: 'Notes',
  description: 'What a machine can do that only follows what it is told.',
  track: 'Art',
};

let nats: NatsServer;
let service: INestApplication;
let logs: ShardLogs;
beforeAll(async () => {
  nats = await startNatsServer();
  const env = { PORT: '0', LOG_LEVEL: 'silent', NATS_URL: nats.url, TRACKS: 'Art, Music' };
  const strategy = (app: INestApplication) => app.get(ActivityServer);
  const options = {
    name: 'talk-reviewer',
    config: TalkReviewerConfig,
    module: talkReviewerModule,
    strategy,
  };
  service = await startService(options, loadConfig(TalkReviewerConfig, env));
  logs = new ShardLogs(await JetStreamConnection.open({ servers: nats.url, name: 'spec' }), 1);
});
afterAll(async () => {
  await service?.close();
  logs?.close();
  await logs?.connection.close();
  await nats?.stop();
});

/** Has an activity performed as a coordinator would; gives the input that the service answers with. */
async function perform(
  { name, queue }: ActivityContract<object, unknown>,
  id: string,
  input: Json,
): Promise<unknown> {
  const log = logs.at(0);
  const subjects = new InstanceSubjects(0, id);
  const { retry } = DEFAULT_CALL_OPTIONS;
  const task: Task = { input, retry, startToClose: 20_000, deadline: Date.now() + 60_000 };
  await log.publish({ subject: subjects.step, body: JSON.stringify(aStep({ run: RUN, status: 'Running' })) });
  await log.publish({ subject: subjects.task(queue, name, RUN, 1), body: JSON.stringify(task) });
  for (; ; await pause(2)) {
    const answer = await log.last(subjects.input);
    if (answer !== undefined) return JSON.parse(answer.body) as unknown;
  }
}

it('is ready when it can reach NATS', async () => {
  const answer = await fetch(`${await service.getUrl()}/health/ready`);
  expect(await answer.json()).toMatchObject({ parts: { nats: 'ready' } });
});

it.each([
  ['moderates', moderate],
  ['shortlists', shortlist],
  ['selects, by the tracks of its settings', select],
])('%s', async (what, activity) => {
  expect(await perform(activity, what, talk)).toMatchObject({
    type: 'completed',
    result: { accepted: true, reasons: expect.any(Array) },
  });
});

it('fails for good what is no talk, by name', async () => {
  expect(await perform(moderate, 'no talk', { ...talk, track: 7 })).toMatchObject({
    type: 'failed',
    error: { retryable: false, message: expect.stringContaining('track') },
  });
});
