import { keyedInstanceId, randomInstanceId, readIdempotencyKey, requestDigest } from './idempotency';

const request = { caller: 'anonymous', workflow: 'NotifyOnTask', key: 'order-1' };

describe('an instance id from an Idempotency-Key (hazard 25)', () => {
  const id = keyedInstanceId('secret', request);

  it('is the same for the same caller, workflow and key', () => {
    expect(keyedInstanceId('secret', { ...request })).toBe(id);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['another secret', 'other', request],
    ['another caller', 'secret', { ...request, caller: 'somebody' }],
    ['another workflow', 'secret', { ...request, workflow: 'Other' }],
    ['another key', 'secret', { ...request, key: 'order-2' }],
    ['the same letters cut differently', 'secret', { ...request, workflow: 'NotifyOnTaskorder', key: '-1' }],
  ])('differs for %s', (_, secret, other) => {
    expect(keyedInstanceId(secret, other)).not.toBe(id);
  });
});

describe('the digest of a request', () => {
  const digest = requestDigest('NotifyOnTask', { taskid: '8900', description: 'x' });

  it('does not depend on the order of fields', () => {
    expect(requestDigest('NotifyOnTask', { description: 'x', taskid: '8900' })).toBe(digest);
  });

  it.each([
    ['another value', 'NotifyOnTask', { taskid: '8901', description: 'x' }],
    ['another type', 'NotifyOnTask', { taskid: 8900, description: 'x' }],
    ['another workflow', 'Other', { taskid: '8900', description: 'x' }],
  ])('differs for %s', (_, workflow, input) => {
    expect(requestDigest(workflow, input)).not.toBe(digest);
  });
});

describe('reading the header', () => {
  it('takes the quoted string of the draft and a bare key for the same', () => {
    expect(readIdempotencyKey('"abc"')).toEqual({ key: 'abc' });
    expect(readIdempotencyKey(' abc ')).toEqual({ key: 'abc' });
  });

  it('refuses an empty key and one that is too long', () => {
    expect(readIdempotencyKey('""')).toHaveProperty('problem');
    expect(readIdempotencyKey('')).toHaveProperty('problem');
    expect(readIdempotencyKey('k'.repeat(256))).toHaveProperty('problem');
    expect(readIdempotencyKey('k'.repeat(255))).toHaveProperty('key');
  });
});

it('random ids are 32 hexadecimal digits and never the same', () => {
  expect(randomInstanceId()).toMatch(/^[0-9a-f]{32}$/);
  expect(randomInstanceId()).not.toBe(randomInstanceId());
});
