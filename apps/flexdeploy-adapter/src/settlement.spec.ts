import { outcomeOf, signedNotes } from './settlement';

const KEY = 'approval of DiPocket/1/9';
const task = (status: string, notes?: string) => ({
  found: true as const,
  taskId: '8900',
  status,
  ...(notes === undefined ? {} : { notes }),
});

describe('a task that was to be approved', () => {
  it('is open while FlexDeploy says PENDING', () => {
    expect(outcomeOf(task('PENDING'), 'approve', KEY)).toBeUndefined();
    expect(outcomeOf(task('Pending', signedNotes('x', KEY)), 'approve', KEY)).toBeUndefined();
  });

  it('was approved by us when its notes carry our signature, whatever FlexDeploy calls that', () => {
    const notes = signedNotes('Approved by Ada', KEY);
    expect(notes).toMatch(/^Approved by Ada \[countersign [0-9a-f]{16}\]$/);
    expect(outcomeOf(task('COMPLETED', notes), 'approve', KEY)).toEqual({ outcome: 'applied' });
    expect(outcomeOf(task('APPROVED', `${notes} and more`), 'approve', KEY)).toEqual({ outcome: 'applied' });
  });

  it('was decided by somebody else when its notes do not', () => {
    const others = signedNotes('Approved by Bob', 'another/1/9');
    expect(outcomeOf(task('APPROVED', others), 'approve', KEY)).toEqual({
      outcome: 'already-decided',
      status: 'APPROVED',
    });
  });

  it('counts as approved when there are no notes to tell by and the status is what we asked for', () => {
    expect(outcomeOf(task('APPROVED'), 'approve', KEY)).toEqual({ outcome: 'applied' });
    expect(outcomeOf(task('Approved', ''), 'approve', KEY)).toEqual({ outcome: 'applied' });
    expect(outcomeOf(task('REJECTED'), 'reject', KEY)).toEqual({ outcome: 'applied' });
  });

  it('was decided otherwise when there are no notes and the status is another one', () => {
    expect(outcomeOf(task('REJECTED'), 'approve', KEY)).toEqual({
      outcome: 'already-decided',
      status: 'REJECTED',
    });
    expect(outcomeOf(task('EXPIRED'), 'reject', KEY)).toEqual({
      outcome: 'already-decided',
      status: 'EXPIRED',
    });
  });
});
