import { operationUri, statusUri } from '@countersign/contracts';
import { freePort, type NatsServer, startNatsServer } from '@countersign/testing';
import type { Step } from '@countersign/workflow';
import {
  createHttpPoller,
  type OperationResponse,
  type OperationState,
  type RunningOperation,
} from '@azure/core-lro';
import { setTimeout as pause } from 'node:timers/promises';
import { Deployment } from '../testing/running-status';

/** Clients that know nothing of Countersign, as they are. */
let nats: NatsServer;
let deployment: Deployment;

beforeAll(async () => {
  nats = await startNatsServer();
  const port = await freePort();
  const settings = {
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    RETRY_AFTER_MAX_SECONDS: '1',
  };
  deployment = await Deployment.start(settings, nats);
});
afterAll(() => deployment.stop());

const error = { code: 'Broken', message: 'It broke', retryable: false, details: { host: 'internal' } };

/** Plays the coordinator: makes each of the steps once the poller has seen the one before. */
function play(id: string, steps: readonly Partial<Step>[]): { seen(): Promise<void> } {
  const left = [...steps];
  return {
    seen: async () => {
      const next = left.shift();
      if (next !== undefined) await deployment.step(id, next);
    },
  };
}

const STORY = [{ status: 'Running' }, { status: 'Suspended' }] as const;

describe("Azure's poller of long-running operations", () => {
  async function get(
    url: string,
    seen: () => Promise<void>,
  ): Promise<OperationResponse<Record<string, unknown>>> {
    const answer = await fetch(url);
    const body = (await answer.json()) as Record<string, unknown>;
    await seen();
    return {
      flatResponse: body,
      rawResponse: {
        statusCode: answer.status,
        request: { method: 'GET', url },
        headers: Object.fromEntries(answer.headers),
        body,
      },
    };
  }

  /** What ingestion answers to a start. */
  function started(id: string, headers: Record<string, string>, seen: () => Promise<void>) {
    const request = { method: 'POST', url: `${deployment.url}/api/orchestrators/NotifyOnTask` };
    const operation: RunningOperation<Record<string, unknown>> = {
      sendInitialRequest: async () => {
        await deployment.begin(id);
        return { flatResponse: {}, rawResponse: { statusCode: 202, request, headers, body: { id } } };
      },
      sendPollRequest: (url) => get(url, seen),
    };
    return createHttpPoller<Record<string, unknown>, OperationState<Record<string, unknown>>>(operation);
  }

  const both = (id: string) => ({
    'operation-location': operationUri(deployment.url, id),
    location: statusUri(deployment.url, id),
  });

  it('ends in success, with the status as its result', async () => {
    const { seen } = play('lro-done', [...STORY, { status: 'Completed', result: { approved: true } }]);
    const poller = started('lro-done', both('lro-done'), seen);
    const states: string[] = [];
    poller.onProgress(({ status }) => states.push(status));
    const result = await poller.pollUntilDone();
    expect(result).toMatchObject({ id: 'lro-done', status: 'Completed', result: { approved: true } });
    expect(states).toEqual(['running', 'running', 'running', 'succeeded']);
  });

  it('ends in success with the result itself where it knows no status address', async () => {
    const { seen } = play('lro-alone', [{ status: 'Completed', result: 7 }]);
    const { 'operation-location': operation } = both('lro-alone');
    const poller = started('lro-alone', { 'operation-location': operation }, seen);
    expect(await poller.pollUntilDone()).toEqual({ id: 'lro-alone', status: 'Succeeded', result: 7 });
  });

  it('ends in failure, with code and message', async () => {
    const { seen } = play('lro-failed', [{ status: 'Failed', error }]);
    const poller = started('lro-failed', both('lro-failed'), seen);
    await expect(poller.pollUntilDone()).rejects.toThrow('Broken. It broke');
    expect(poller.operationState?.status).toBe('failed');
  });

  it.each(['Canceled', 'Terminated'] as const)('ends as canceled when it was %s', async (status) => {
    const { seen } = play(`lro-${status}`, [{ status, error }]);
    const poller = started(`lro-${status}`, both(`lro-${status}`), seen);
    await expect(poller.pollUntilDone()).rejects.toThrow('canceled');
    expect(poller.operationState?.status).toBe('canceled');
  });

  it.each([
    ['Completed', 'succeeded', ''],
    ['Failed', 'failed', '?returnInternalServerErrorOnFailure=true'],
  ] as const)('that knows only the status address ends right, too: %s', async (status, expected, query) => {
    const id = `lro-by-code-${status}`;
    const { seen } = play(id, [{ status, ...(status === 'Failed' && { error }) }]);
    const poller = started(id, { location: statusUri(deployment.url, id) + query }, seen);
    await poller.pollUntilDone().catch(() => undefined);
    expect(poller.operationState?.status).toBe(expected);
  });
});

describe('a poller as Logic Apps has it', () => {
  /** Follows `Location` while the answer is 202, as late as `Retry-After` says; takes any other for the last. */
  async function poll(address: string, seen: () => Promise<void>) {
    const waits: number[] = [];
    for (let url = address; ;) {
      const answer = await fetch(url);
      if (answer.status !== 202) return { answer, waits };
      await answer.arrayBuffer();
      const wait = Number(answer.headers.get('retry-after'));
      waits.push(wait);
      await seen();
      url = answer.headers.get('location') ?? '';
      await pause(wait * 10); // a hundredth of it
    }
  }

  it.each([
    ['Completed', { result: { approved: true } }, { result: { approved: true } }],
    ['Failed', { error }, { error: { code: 'Broken', message: 'It broke' } }],
    ['Terminated', {}, {}],
  ] as const)('takes the last state for the last: %s', async (status, more, shown) => {
    const id = `logic-${status}`;
    await deployment.begin(id);
    const { answer, waits } = await poll(
      statusUri(deployment.url, id),
      play(id, [...STORY, { status, ...more }]).seen,
    );
    expect([answer.status, waits]).toEqual([200, [1, 1, 1]]);
    expect(await answer.json()).toEqual({ id, status, customStatus: null, result: null, ...shown });
  });

  it('that wants failures by code goes on wanting them', async () => {
    await deployment.begin('logic-code');
    const address = `${statusUri(deployment.url, 'logic-code')}?returnInternalServerErrorOnFailure=true`;
    const { answer } = await poll(address, play('logic-code', [...STORY, { status: 'Failed', error }]).seen);
    expect(answer.status).toBe(500);
  });
});

describe('an operation', () => {
  const ask = (id: string, method = 'GET') => fetch(operationUri(deployment.url, id), { method });

  it('is 200 from the start, with Retry-After and its address until it has ended', async () => {
    await deployment.begin('op');
    const young = await ask('op');
    expect([young.status, young.headers.get('retry-after'), young.headers.get('operation-location')]).toEqual(
      [200, '1', operationUri(deployment.url, 'op')],
    );
    expect(await young.json()).toEqual({ id: 'op', status: 'NotStarted' });
    await deployment.step('op', { status: 'Completed' });
    const ended = await ask('op');
    expect([ended.status, ended.headers.has('retry-after'), ended.headers.has('operation-location')]).toEqual(
      [200, false, false],
    );
    expect(await ended.json()).toEqual({ id: 'op', status: 'Succeeded', result: null });
  });

  it('is 404 as a problem for what never was; grants nothing but to look', async () => {
    const answer = await ask('never-was');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      404,
      expect.stringContaining('problem+json'),
    ]);
    for (const method of ['DELETE', 'POST', 'PUT']) expect((await ask('op', method)).status).toBe(404);
  });
});
