import { within } from './within';

const late = () => new Error('late');

describe('within a time', () => {
  it('is the value of what is done by then', async () => {
    await expect(within(1000, Promise.resolve('done'), late)).resolves.toBe('done');
  });

  it('is the failure of what fails by then', async () => {
    await expect(within(1000, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
  });

  it('is the given error for what takes longer', async () => {
    await expect(within(5, new Promise(() => {}), late)).rejects.toThrow('late');
  });
});
