/** Pollers that know nothing of Countersign follow what a start answered, to the right end. */
import {
  createHttpPoller,
  type OperationResponse,
  type OperationState,
  type RunningOperation,
} from '@azure/core-lro';
import { setTimeout as pause } from 'node:timers/promises';
import { MANAGEMENT_PREFIX } from '@countersign/contracts';
import { AuditTable } from './support/audit-table';
import { QUERY_SERVICES, QueryClient } from './support/query-client';
import { startTestStack, type TestStack } from './support/test-stack';

type Body = Record<string, unknown>;

const SUBMIT = '/api/submit/query?s=10/10/2021&e=12/10/2021';
const PEOPLE = ['ann', 'ben', 'cem'];
/** What a missing table makes of a query; shown to whoever polls. */
const MISSING = {
  code: 'AuditTableMissing',
  message: expect.stringContaining('check AUDIT_TABLE') as string,
};

let stack: TestStack;
let table: AuditTable;
beforeAll(async () => {
  stack = await startTestStack({ services: QUERY_SERVICES, env: { RETRY_AFTER_SECONDS: '1' } });
  table = new AuditTable(stack);
});
afterAll(() => stack?.dispose());
afterEach(() => stack.kill('query-worker', 'SIGCONT'));

async function terminate(id: string): Promise<void> {
  const address = `${stack.url}${MANAGEMENT_PREFIX}/instances/${id}/terminate`;
  const headers = { 'x-functions-key': stack.keys.systemKey };
  const { status } = await fetch(address, { method: 'POST', headers });
  if (status !== 202) throw new Error(`Not terminated: ${status}`);
}

/** How the instance of each test ends. */
const STORIES = {
  /** The query finds its table. */
  success: {
    before: async () => {
      await table.create();
      await table.add('2021-10-11', PEOPLE);
    },
    whilePolled: async () => undefined,
    after: () => table.drop(),
  },
  /** It never will: there is no table. */
  failure: {
    before: async () => undefined,
    whilePolled: async () => undefined,
    after: async () => undefined,
  },
  /** It cannot end by itself, and is terminated once the poller has seen it run. */
  termination: {
    before: () => stack.kill('query-worker', 'SIGSTOP'),
    whilePolled: terminate,
    after: async () => undefined,
  },
};
type Story = keyof typeof STORIES;

async function inStory<T>(name: Story, act: (whilePolled: (id: string) => Promise<void>) => Promise<T>) {
  const { before, whilePolled, after } = STORIES[name];
  await before();
  try {
    return await act(whilePolled);
  } finally {
    await after();
  }
}

describe("Azure's poller of long-running operations, started on the real 202", () => {
  /** As the pipeline of Azure's clients hands answers to the poller. */
  async function send(method: string, url: string): Promise<OperationResponse<Body>> {
    const answer = await fetch(url, { method });
    const { status: statusCode, headers } = answer;
    const body = (await answer.json()) as Body;
    const request = { method, url };
    return {
      flatResponse: body,
      rawResponse: { statusCode, request, headers: Object.fromEntries(headers), body },
    };
  }

  async function polled(story: Story, only: (headers: Record<string, string>) => Record<string, string>) {
    return inStory(story, async (whilePolled) => {
      let acted: Promise<void> | undefined;
      const operation: RunningOperation<Body> = {
        sendInitialRequest: async () => {
          const started = await send('POST', stack.url + SUBMIT);
          const headers = only(started.rawResponse.headers);
          return { ...started, rawResponse: { ...started.rawResponse, headers } };
        },
        sendPollRequest: async (url) => {
          const answer = await send('GET', url);
          await (acted ??= whilePolled(url.slice(url.lastIndexOf('/') + 1)));
          return answer;
        },
      };
      const poller = createHttpPoller<Body, OperationState<Body>>(operation);
      const [outcome] = await Promise.allSettled([poller.pollUntilDone()]);
      return { outcome, state: poller.operationState };
    });
  }

  const everything = (headers: Record<string, string>) => headers;
  const operationOnly = ({ location: _, ...headers }: Record<string, string>) => headers;
  const locationOnly = ({ 'operation-location': _, ...headers }: Record<string, string>) => headers;

  it('ends in success, with the result', async () => {
    const { outcome, state } = await polled('success', everything);
    expect(state?.status).toBe('succeeded');
    expect(outcome).toMatchObject({ value: { status: 'Completed', result: PEOPLE.length } });
  });

  it('ends in success where it knows the operation only', async () => {
    const { outcome, state } = await polled('success', operationOnly);
    expect(state?.status).toBe('succeeded');
    expect(outcome).toMatchObject({ value: { status: 'Succeeded', result: PEOPLE.length } });
  });

  it('ends in success where it knows the status address only', async () => {
    const { outcome, state } = await polled('success', locationOnly);
    expect(state?.status).toBe('succeeded');
    expect(outcome).toMatchObject({ value: { status: 'Completed', result: PEOPLE.length } });
  });

  it('ends in failure, with code and message', async () => {
    const { outcome, state } = await polled('failure', everything);
    expect(state?.status).toBe('failed');
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining(`${MISSING.code}. There is no table audit`) },
    });
  });

  it('ends as canceled when the instance is terminated', async () => {
    const { outcome, state } = await polled('termination', everything);
    expect(state?.status).toBe('canceled');
    expect(outcome).toMatchObject({ status: 'rejected' });
  });
});

describe('a poller as Logic Apps has it, started on the real 202', () => {
  /** Follows `Location` while the answer is 202, as late as `Retry-After` says; any other answer is the last. */
  async function polled(story: Story, query = '') {
    return inStory(story, async (whilePolled) => {
      let answer = await fetch(stack.url + SUBMIT);
      const id = new QueryClient(stack).idIn(answer.headers.get('location') ?? '');
      let polls = 0;
      let acted: Promise<void> | undefined;
      while (answer.status === 202) {
        const location = answer.headers.get('location') ?? '';
        const seconds = Number(answer.headers.get('retry-after'));
        expect(seconds).toBeGreaterThan(0);
        await answer.arrayBuffer();
        await pause(seconds * 1000);
        answer = await fetch(polls++ === 0 ? location + query : location);
        if (answer.status === 202) await (acted ??= whilePolled(id));
      }
      return { code: answer.status, body: await answer.json(), polls, id };
    });
  }
  const last = (id: string, more: Body) => ({ id, customStatus: null, result: null, ...more });

  it('takes the result for the last answer', async () => {
    const { id, code, body } = await polled('success');
    expect([code, body]).toEqual([200, last(id, { status: 'Completed', result: PEOPLE.length })]);
  });

  it('takes the failure for the last answer', async () => {
    const { id, code, body } = await polled('failure');
    expect([code, body]).toEqual([200, last(id, { status: 'Failed', error: MISSING })]);
  });

  it('takes the termination for the last answer', async () => {
    const { id, code, body, polls } = await polled('termination');
    expect([code, body]).toEqual([200, last(id, { status: 'Terminated' })]);
    expect(polls).toBeGreaterThan(1);
  });

  it.each(['failure', 'termination'] as const)(
    'that wants codes only gets 500 for a %s, through every Location that it follows',
    async (story) => {
      expect((await polled(story, '?returnInternalServerErrorOnFailure=true')).code).toBe(500);
    },
  );
});
