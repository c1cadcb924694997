import { startOptions } from './start-options.mjs';

const stackOf = (...args: string[]) => {
  const options = startOptions(args);
  if (options === 'help') throw new Error('help');
  return options.stack;
};

it('takes the default port and leaves the shards to the data', () => {
  expect(stackOf()).toMatchObject({ basePort: 7071, durability: 'single' });
  expect(stackOf()).not.toHaveProperty('shards');
});

it('chooses services by name', () => {
  expect(stackOf('--only', 'ingestion,sandbox').services).toEqual(['ingestion', 'sandbox']);
  expect(stackOf('--without', 'sandbox').services).not.toContain('sandbox');
});

it.each([
  [['--port', '70000'], '--port must be a whole number from 1 to 65000, not "70000".'],
  [['--shards', '0'], '--shards must be'],
  [['--durability', 'high'], '--durability must be single or synced, not "high".'],
  [['--only', 'ingestio'], 'There is no service "ingestio".'],
  [['--prot', '1'], "Unknown option '--prot'"],
])('refuses %j by name', (args, message) => {
  expect(() => startOptions(args)).toThrow(message);
});

it('reads settings from the environment, but not those that have an option', () => {
  const before = { ...process.env };
  Object.assign(process.env, { SLACK_API_URL: 'https://slack.test/api/', SHARDS: '9' });
  expect(stackOf().env).toMatchObject({ SLACK_API_URL: 'https://slack.test/api/', SHARDS: undefined });
  process.env = before;
});
