import { InstanceSubjects } from '@countersign/contracts';
import type { Delivery, OutgoingMessage, PublishOutcome, ShardLog } from '@countersign/workflow';
import { NO_FAULTS, randomFaults } from './faults';
import { Simulation } from './simulation';

/** A coordinator in its simplest form: it lists each input in one step, which causes one task. */
interface Rules {
  readonly expectsLastStep: boolean;
  readonly acknowledgesLast: boolean;
  readonly publishesAgain: boolean;
}

const ALL_RULES: Rules = {
  expectsLastStep: true,
  acknowledgesLast: true,
  publishesAgain: true,
};
const IDS = ['one', 'two', 'three'];
const INPUTS = 12;
const CHAOS_MS = 60_000;

const subjectsOf = (subject: string) => new InstanceSubjects(0, subject.split('.')[2] ?? '');
const taskOf = (on: InstanceSubjects, seq: number) => on.task('q', 'a', 1, seq);

/** Until it is known to be there. */
async function publishSurely(log: ShardLog, message: OutgoingMessage): Promise<PublishOutcome> {
  for (;;) {
    const outcome = await log.publish(message);
    if (outcome.kind !== 'unknown') return outcome;
  }
}

async function handle(
  log: ShardLog,
  { message, ack }: Pick<Delivery, 'message' | 'ack'>,
  rules: Rules,
): Promise<void> {
  const on = subjectsOf(message.subject);
  if (!rules.acknowledgesLast) ack();
  for (;;) {
    const steps = await log.readFromLeader(on.step);
    const listed = steps.some(({ body }) => body === String(message.seq));
    if (listed && !rules.publishesAgain) break;
    if (!listed) {
      const expectedLast = rules.expectsLastStep ? { expectedLast: steps.at(-1)?.seq ?? 0 } : {};
      const outcome = await log.publish({ subject: on.step, body: String(message.seq), ...expectedLast });
      if (outcome.kind !== 'stored') continue;
    }
    await publishSurely(log, { subject: taskOf(on, message.seq), body: '', expectedLast: 0 });
    break;
  }
  ack();
}

/** Two coordinators that crash and are replaced, and a broker that is restarted, until all is calm. */
async function simulate(
  seed: number,
  rules: Rules,
): Promise<{ broken: string[]; fingerprint: string; steps: number }> {
  const simulation = new Simulation({ seed, pinned: seed % 2 === 0, faults: randomFaults });
  const { random, scheduler, jetstream } = simulation;
  let started = 0;
  const start = () => {
    const client = simulation.client(`coordinator-${++started}`);
    const log = client.log();
    log.attachConsumer((delivery) => {
      const { message, ack } = { message: delivery.message, ack: () => delivery.ack() };
      handle(log, { message, ack }, rules).catch(() => undefined);
    });
    return client;
  };
  const coordinators = [start(), start()];
  for (let i = 0; i < INPUTS; i++) {
    const { input } = new InstanceSubjects(0, random.pick(IDS));
    const publisher = simulation.client('client').log();
    scheduler.clock.after(random.between(0, CHAOS_MS), () => {
      void publishSurely(publisher, { subject: input, body: '', msgId: `${i}` });
    });
  }
  await simulation.run({
    forMs: CHAOS_MS,
    each: () => {
      if (random.chance(0.01)) jetstream.restart(random.between(0, 3_000));
      const index = random.between(0, 1);
      if (random.chance(0.02)) coordinators[index]?.crash();
      else if (random.chance(0.01)) coordinators[index]?.stall(random.between(0, 20_000));
      if (coordinators[index]?.crashed === true) coordinators[index] = start();
    },
  });
  jetstream.faults = NO_FAULTS;
  const end = await simulation.run({ forMs: 600_000 });
  const broken = [...violations(simulation), ...(end === 'idle' ? [] : ['it does not come to rest'])];
  return { broken, fingerprint: scheduler.fingerprint, steps: scheduler.steps };
}

function violations({ jetstream }: Simulation): string[] {
  const { history } = jetstream.stream(0);
  const inputs = history.filter(({ subject }) => subject.endsWith('.in'));
  const broken = jetstream.inputs(0).unacknowledged.map((seq) => `input ${seq} is not acknowledged`);
  for (const { seq, subject } of inputs) {
    const on = subjectsOf(subject);
    const steps = history.filter((held) => held.subject === on.step && held.body === String(seq));
    const tasks = history.filter((held) => held.subject === taskOf(on, seq));
    if (steps.length !== 1) broken.push(`input ${seq} is in ${steps.length} steps`);
    if (tasks.length !== 1) broken.push(`input ${seq} caused ${tasks.length} tasks`);
  }
  return broken;
}

const seeds = Array.from({ length: 300 }, (_, seed) => seed);

it('finds nothing wrong with a coordinator that keeps all rules', async () => {
  for (const seed of seeds) expect([seed, (await simulate(seed, ALL_RULES)).broken]).toEqual([seed, []]);
});

it.each<[string, keyof Rules, RegExp]>([
  ['appends without the expected sequence', 'expectsLastStep', /in [2-9] steps/],
  ['acknowledges before its step is stored', 'acknowledgesLast', /in 0 steps/],
  ['does not publish the tasks of a step again', 'publishesAgain', /caused 0 tasks/],
])('finds out a coordinator that %s', async (_, rule, violation) => {
  const found = [];
  for (const seed of seeds) found.push(...(await simulate(seed, { ...ALL_RULES, [rule]: false })).broken);
  expect(found.join('\n')).toMatch(violation);
});

it('gives the same run for the same seed', async () => {
  for (const seed of seeds.slice(0, 30)) {
    const [once, twice] = [await simulate(seed, ALL_RULES), await simulate(seed, ALL_RULES)];
    expect(twice.fingerprint).toBe(once.fingerprint);
  }
});
