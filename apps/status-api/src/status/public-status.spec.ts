import { aStep } from '@countersign/testing';
import type { RuntimeStatus } from '@countersign/workflow';
import { publicStatus } from './public-status';

const error = { code: 'Broken', message: 'It broke', retryable: false, details: { host: 'internal' } };

describe('the public status', () => {
  it('of an instance that has made no step yet is empty but for id and status', () => {
    expect(publicStatus({ id: 'i', seq: 0, status: 'Pending', started: { workflow: 'W', at: 1 } })).toEqual({
      id: 'i',
      status: 'Pending',
      customStatus: null,
      result: null,
    });
  });

  it('holds custom status and result and nothing else of a step', () => {
    const step = aStep({ status: 'Completed', customStatus: { stage: 'decided' }, result: { ok: true } });
    expect(publicStatus({ id: 'i', seq: 9, status: 'Completed', step })).toEqual({
      id: 'i',
      status: 'Completed',
      customStatus: { stage: 'decided' },
      result: { ok: true },
    });
  });

  it('tells how an approval stands, and nothing of its token', () => {
    const approval = { stage: 'waiting', dueAt: '2030-01-01T00:00:00.000Z', tokenHash: 'ab'.repeat(32) };
    const step = aStep({ customStatus: approval });
    expect(publicStatus({ id: 'i', seq: 9, status: 'Running', step }).customStatus).toEqual({
      stage: 'waiting',
      dueAt: '2030-01-01T00:00:00.000Z',
    });
  });

  it('tells code and message of a failure, not its details', () => {
    const step = aStep({ status: 'Failed', error });
    expect(publicStatus({ id: 'i', seq: 9, status: 'Failed', step }).error).toEqual({
      code: 'Broken',
      message: 'It broke',
    });
  });

  it.each<RuntimeStatus>(['Terminated', 'Canceled', 'Running'])(
    'of what did not fail tells no error: %s',
    (status) => {
      expect(publicStatus({ id: 'i', seq: 9, status, step: aStep({ status, error }) })).not.toHaveProperty(
        'error',
      );
    },
  );

  it('holds what was reported last', () => {
    const progress = { seq: 4, value: { rows: 7 } };
    expect(publicStatus({ id: 'i', seq: 9, status: 'Running', step: aStep({}), progress }).progress).toEqual({
      rows: 7,
    });
  });
});
