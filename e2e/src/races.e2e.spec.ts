/**
 * Every management operation, fired at random moments around the end of short instances: whatever is
 * answered is what happened, and nothing stays between two states. What is checked of every journal is
 * in {@link Journals}: it replays, and waits for something exactly when it has not ended.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isTerminal } from '@countersign/workflow';
import { AuditTable } from './support/audit-table';
import { eventually } from '@countersign/testing';
import { applied, type Journal, Journals } from './support/journals';
import { type InstanceStatus, Management } from './support/management';
import { QUERY_SERVICES, QueryClient } from './support/query-client';
import { startTestStack, type TestStack } from './support/test-stack';

/** Started at once, in each round. */
const INSTANCES = 24;
/** Rounds after which it is given up to see every answer. */
const ROUNDS = 6;
const RANGE = 's=10/10/2021&e=12/10/2021';
const PEOPLE = ['ann', 'ben', 'cem'];
const ACCEPTED = 202;
const GONE = 410;

let stack: TestStack;
let table: AuditTable;
let client: QueryClient;
let management: Management;
let journals: Journals;
/** About how long instances take that are started at once, in milliseconds. */
let usual: number;
beforeAll(async () => {
  stack = await startTestStack({ services: QUERY_SERVICES });
  table = new AuditTable(stack);
  client = new QueryClient(stack);
  management = new Management(stack);
  journals = await Journals.open(stack);
  await fill();
  // Twice: the first ones are slower than the usual.
  for (let i = 0; i < 2; i++)
    usual = await durationOf(await Promise.all(many(() => client.submitted(RANGE))));
});
afterAll(async () => {
  await journals?.close();
  await stack?.dispose();
});

const many = <T>(make: () => Promise<T>) => Array.from({ length: INSTANCES }, make);
/** At a random moment until the usual end, and somewhat after it. */
const someTime = () => pause(Math.random() * usual * 1.5);

async function fill(): Promise<void> {
  await table.create();
  await table.add('2021-10-11', PEOPLE);
}

/** From the start of the first to the end of the last. */
async function durationOf(ids: readonly string[]): Promise<number> {
  const all = await Promise.all(ids.map((id) => management.ended(id)));
  const times = (of: 'createdTime' | 'lastUpdatedTime') => all.map((status) => Date.parse(status[of]));
  return Math.max(...times('lastUpdatedTime')) - Math.min(...times('createdTime'));
}

/** Resolves once the instance has ended, is suspended or is gone, with its journal. */
async function settled(id: string): Promise<Journal | undefined> {
  const { status, body } = await eventually(
    () => management.ask('GET', `/instances/${id}`),
    (answer) => {
      const { runtimeStatus = 'Running' } = answer.body as Partial<InstanceStatus>;
      return answer.status === 404 || !['Pending', 'Running'].includes(runtimeStatus);
    },
  );
  const journal = await journals.of(id);
  expect([status, journal?.last.status]).toEqual(
    journal === undefined
      ? [404, undefined]
      : [isTerminal(journal.last.status) ? 200 : 202, (body as InstanceStatus).runtimeStatus],
  );
  return journal;
}

const post = async (id: string, operation: string) => (await management.post(id, operation)).status;
const purge = async (id: string) => (await management.ask('DELETE', `/instances/${id}`)).status;
const restart = (id: string) => post(id, 'restart?restartWithNewInstanceId=false');
const count = (codes: readonly number[], code: number) => codes.filter((seen) => seen === code).length;

/**
 * Acts on short instances, until each of the answers was seen and no other.
 *
 * @param check is told the answers, and the journal of the instance when it is at rest; undefined: it is gone
 */
async function race(
  answers: readonly number[],
  act: (id: string) => Promise<number[]>,
  check: (codes: readonly number[], journal: Journal | undefined, id: string) => unknown,
  start = () => client.submitted(RANGE),
): Promise<void> {
  const seen = new Set<number>();
  for (let round = 0; round < ROUNDS && seen.size < answers.length; round++) {
    const raced = await Promise.all(
      many(async () => {
        const id = await start();
        return { id, codes: await act(id) };
      }),
    );
    for (const { id, codes } of raced) {
      await check(codes, await settled(id), id);
      codes.forEach((code) => seen.add(code));
    }
  }
  expect([...seen].sort()).toEqual(answers.toSorted());
}

/** At a random moment. */
const once = (act: (id: string) => Promise<number>) => async (id: string) => {
  await someTime();
  return [await act(id)];
};
/** By several who do not know of each other, at the same random moment. */
const together = (act: (id: string) => Promise<number>) => async (id: string) => {
  await someTime();
  return Promise.all([act(id), act(id), act(id)]);
};

const state = (journal: Journal | undefined) => journal?.last;
const COMPLETED = { status: 'Completed', result: PEOPLE.length };

it('terminate: one 202 and it is Terminated, or 410 and it ended by itself', () =>
  race(
    [ACCEPTED, GONE],
    together((id) => post(id, 'terminate')),
    (codes, journal) => {
      const terminated = count(codes, ACCEPTED);
      expect(terminated).toBeLessThanOrEqual(1);
      expect(state(journal)).toMatchObject(terminated === 1 ? { status: 'Terminated' } : COMPLETED);
      expect(journal && applied(journal, 'terminate')).toBe(terminated);
    },
  ));

it('cancel: each 202 told it, and it is Canceled unless it had its result; 410 and nothing was told', () =>
  race(
    [ACCEPTED, GONE],
    together((id) => post(id, 'cancel')),
    (codes, journal) => {
      const inputs = journal?.inputs.filter(({ listed }) => listed?.outcome === 'applied') ?? [];
      const first = inputs.find(({ body }) => body.type === 'cancel' || body.type === 'completed');
      expect(journal && applied(journal, 'cancel')).toBe(count(codes, ACCEPTED));
      if (first?.body.type === 'cancel') expect(state(journal)).toMatchObject({ status: 'Canceled' });
      else expect(['Completed', 'Canceled']).toContain(journal?.last.status);
      if (!codes.includes(ACCEPTED)) expect(state(journal)).toMatchObject(COMPLETED);
    },
  ));

it('suspend and resume: it rests while the last 202 says so, and comes to its result', () =>
  race(
    [ACCEPTED, GONE],
    async (id) => {
      await someTime();
      const suspended = await post(id, 'suspend');
      await someTime();
      return [suspended, ...(Math.random() < 0.5 ? [await post(id, 'resume')] : [])];
    },
    async ([suspend, resume], journal, id) => {
      expect(journal?.last.status).toBe(
        suspend === ACCEPTED && resume === undefined ? 'Suspended' : 'Completed',
      );
      if (journal?.last.status === 'Suspended') expect(await post(id, 'resume')).toBe(ACCEPTED);
      const ended = await settled(id);
      expect(state(ended)).toMatchObject(COMPLETED);
      expect(ended && applied(ended, 'suspend')).toBe(suspend === ACCEPTED ? 1 : 0);
    },
  ));

it('restart under the id: each 202 is a new run, and 410 is none', () =>
  race([ACCEPTED, GONE], together(restart), (codes, journal) => {
    const runs = new Set(journal?.steps.map(({ run }) => run));
    expect([state(journal), runs.size]).toMatchObject([COMPLETED, 1 + count(codes, ACCEPTED)]);
    expect(journal && applied(journal, 'restart')).toBe(count(codes, ACCEPTED));
  }));

it('purge: 200 and it is gone for good, or 409 and it is there', () =>
  race([200, 409], once(purge), async ([code], journal, id) => {
    if (code === 409) return expect(state(journal)).toMatchObject(COMPLETED);
    expect(journal).toBeUndefined();
    expect([await purge(id), await restart(id), await post(id, 'terminate')]).toEqual([404, 404, 404]);
    expect((await client.status(id)).status).toBe(404);
    return expect((await management.ask('GET', `/instances?instanceIdPrefix=${id}`)).body).toEqual([]);
  }));

it('purge against restart: one of them comes first, and both answers say which', () =>
  race(
    [200, ACCEPTED],
    async (id) => {
      await management.ended(id);
      const [restarted, purged] = await Promise.all([restart(id), purge(id)]);
      expect([ACCEPTED, 404, GONE]).toContain(restarted);
      expect([200, 404, 409]).toContain(purged);
      // What is refused is told apart by the check below.
      return [restarted, purged].filter((code) => code < 400);
    },
    (codes, journal) => {
      expect(codes).not.toEqual([]);
      if (journal === undefined) expect(codes).toContain(200);
      else expect([codes, state(journal)]).toMatchObject([[ACCEPTED], COMPLETED]);
    },
  ));

describe('while the table is missing', () => {
  beforeAll(() => table.drop());

  it('rewind: each 202 takes it back to before its failure, and 410 changes nothing', () =>
    race(
      [ACCEPTED, GONE],
      async (id) => {
        const act = once((each) => post(each, 'rewind'));
        return (await Promise.all([act(id), act(id), act(id)])).flat();
      },
      (codes, journal) => {
        expect(journal?.last).toMatchObject({ status: 'Failed', error: { code: 'AuditTableMissing' } });
        expect(journal && applied(journal, 'rewind')).toBe(count(codes, ACCEPTED));
      },
    ));

  it('rewind of what failed, by several at once: it goes on once the table is there', async () => {
    const ids = await Promise.all(many(() => client.submitted(RANGE)));
    for (const id of ids) expect((await settled(id))?.last.status).toBe('Failed');
    await fill();
    await Promise.all(
      ids.map(async (id) => {
        const codes = await Promise.all([post(id, 'rewind'), post(id, 'rewind'), post(id, 'rewind')]);
        expect(codes.toSorted()).toEqual([ACCEPTED, GONE, GONE]);
      }),
    );
    for (const id of ids) {
      const journal = await settled(id);
      expect(state(journal)).toMatchObject(COMPLETED);
      expect(journal && applied(journal, 'rewind')).toBe(1);
      const { steps } = journal ?? { steps: [] };
      const counted = steps
        .flatMap(({ commands }) => commands)
        .filter(({ name }) => name === 'query.countDistinct');
      expect(counted).toHaveLength(2);
    }
  });
});
