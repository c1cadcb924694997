/** What the launchers read from the environment: where programs may be, and what these are told. */
export const natsServerOverride = (): string | undefined => process.env['NATS_SERVER'];
export const environment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  ...more,
});
export const searchPath = (): string[] => (process.env['PATH'] ?? '').split(':').filter((dir) => dir !== '');
