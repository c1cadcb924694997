import { approvalsIn, withoutTokenHashes } from './approval-in-status';

const approval = { stage: 'waiting', subject: { description: 'x', facts: [] }, dueAt: '', tokenHash: 'ab' };
const shown = { stage: 'waiting', subject: { description: 'x', facts: [] }, dueAt: '' };

it('finds an approval that is the custom status, and one that is a stage of several', () => {
  expect(approvalsIn(approval)).toEqual([approval]);
  expect(approvalsIn({ stage: 'UploadApproval', approval })).toEqual([approval]);
});

it.each([undefined, null, 'Moderation', ['x'], { stage: 'preparing' }, { approval: { tokenHash: 'ab' } }])(
  'finds none in %j',
  (status) => {
    expect(approvalsIn(status)).toEqual([]);
  },
);

it('keeps the hash of a token from everybody, and nothing else', () => {
  expect(withoutTokenHashes(approval)).toEqual(shown);
  expect(withoutTokenHashes({ stage: 'UploadApproval', file: 'f', approval })).toEqual({
    stage: 'UploadApproval',
    file: 'f',
    approval: shown,
  });
});

it.each([null, 'Moderation', 7, ['x'], { stage: 'Shortlisting' }, { tokenHash: 'of another kind' }])(
  'leaves %j as it is',
  (status) => {
    expect(withoutTokenHashes(status)).toEqual(status);
  },
);
