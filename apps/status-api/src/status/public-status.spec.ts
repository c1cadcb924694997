import { aStep } from '@countersign/testing';
import { publicStatus } from './public-status';

describe('the public status', () => {
  it('of an instance that has made no step yet is empty but for id and status', () => {
    expect(publicStatus({ id: 'i', seq: 0, status: 'Pending' })).toEqual({
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

  it('tells code and message of a failure, not its details', () => {
    const error = {
      code: 'FlexDeployUnauthorized',
      message: 'No',
      retryable: false,
      details: { host: 'internal' },
    };
    const step = aStep({ status: 'Failed', error });
    expect(publicStatus({ id: 'i', seq: 9, status: 'Failed', step }).error).toEqual({
      code: 'FlexDeployUnauthorized',
      message: 'No',
    });
  });
});
