import { aStep } from '@countersign/testing';
import type { RuntimeStatus, Step } from '@countersign/workflow';
import { operationOf } from './operation';

const of = (status: RuntimeStatus, more: Partial<Step> = {}) =>
  operationOf({ id: 'i', seq: 1, status, step: aStep({ status, customStatus: 'x', ...more }) });
const error = { code: 'Broken', message: 'It broke', retryable: true, details: { host: 'internal' } };

describe('an instance as a long-running operation', () => {
  it.each([
    ['Pending', 'NotStarted'],
    ['Running', 'Running'],
    ['Suspended', 'Running'],
    ['Terminated', 'Canceled'],
    ['Canceled', 'Canceled'],
  ] as const)('%s is %s, and that is all', (status, expected) => {
    expect(of(status, { error, result: 1 })).toEqual({ id: 'i', status: expected });
  });

  it('without a step has not started', () => {
    expect(operationOf({ id: 'i', seq: 0, status: 'Pending' })).toEqual({ id: 'i', status: 'NotStarted' });
  });

  it('shows its result when it succeeded', () => {
    expect(of('Completed', { result: { ok: true } })).toEqual({
      id: 'i',
      status: 'Succeeded',
      result: { ok: true },
    });
    expect(of('Completed')).toEqual({ id: 'i', status: 'Succeeded', result: null });
  });

  it('shows code and message when it failed, always', () => {
    expect(of('Failed', { error })).toEqual({
      id: 'i',
      status: 'Failed',
      error: { code: 'Broken', message: 'It broke' },
    });
    expect(of('Failed').error).toEqual({ code: 'Failed', message: 'The instance failed.' });
  });
});
