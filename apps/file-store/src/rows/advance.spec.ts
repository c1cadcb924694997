import { FILE_STATES } from '@countersign/contracts';
import { advanced, rowOf } from './advance';

const file = {
  fileId: 'f',
  name: 'a.txt',
  contentType: 'text/plain',
  size: 3,
  uploadedAt: '2031-03-04T10:30:00.000Z',
};
const facts = { size: 3, sha256: 'a'.repeat(64), detectedType: 'text/plain' };
const row = (state: (typeof FILE_STATES)[number], run = 5) => rowOf(file, run, state);

it('a row goes from uploaded by way of analysed to its end', () => {
  expect(advanced(undefined, row('Uploaded'))).toEqual(row('Uploaded'));
  expect(advanced(row('Uploaded'), row('Analysed'))).toEqual(row('Analysed'));
  for (const end of ['Available', 'Refused', 'Expired'] as const)
    expect(advanced(row('Analysed'), row(end))).toEqual(row(end));
});

it.each(['Available', 'Refused', 'Expired'] as const)('what is %s stays so, whatever comes late', (end) => {
  for (const state of FILE_STATES) expect(advanced(row(end), row(state))).toBeUndefined();
  for (const state of FILE_STATES) expect(advanced(row(end), row(state, 4))).toBeUndefined();
});

it('what comes twice changes nothing', () => {
  for (const state of FILE_STATES) expect(advanced(row(state), row(state))).toBeUndefined();
});

it('a newer run begins anew, and an older one has no say any more', () => {
  const available = rowOf(file, 5, 'Available', { facts, note: 'Approved' });
  expect(advanced(available, row('Uploaded', 6))).toEqual(row('Uploaded', 6));
  expect(advanced(row('Uploaded', 6), available)).toBeUndefined();
});

it('a row that vanished is written anew with all that is known', () => {
  const known = rowOf(file, 5, 'Available', { facts, note: 'Approved' });
  expect(advanced(undefined, known)).toMatchObject({ Name: 'a.txt', Sha256: facts.sha256, Note: 'Approved' });
});

it('facts stay with the row when it is only marked', () => {
  const analysed = rowOf(file, 5, 'Analysed', { facts });
  expect(advanced(analysed, row('Refused'))).toMatchObject({ State: 'Refused', Sha256: facts.sha256 });
});
