import { Triggers } from './triggers';

const ADA = { id: 'U0ADA', name: 'Ada' };

const refusal = (exchange: () => unknown) => {
  try {
    return exchange();
  } catch (error) {
    return (error as { error?: string }).error;
  }
};

describe('a trigger_id', () => {
  it('opens one dialog, for the person who did something', () => {
    const triggers = new Triggers();
    const id = triggers.issue(ADA);
    expect(triggers.exchange(id)).toBe(ADA);
    expect(refusal(() => triggers.exchange(id))).toBe('exchanged_trigger_id');
  });

  it('is worth nothing after three seconds', () => {
    const triggers = new Triggers();
    expect(triggers.exchange(triggers.issue(ADA, Date.now() - 2000))).toBe(ADA);
    expect(refusal(() => triggers.exchange(triggers.issue(ADA, Date.now() - 3100)))).toBe(
      'expired_trigger_id',
    );
  });

  it('is not known when the workspace never issued it', () => {
    expect(refusal(() => new Triggers().exchange('1.2.abc'))).toBe('invalid_trigger_id');
  });
});
