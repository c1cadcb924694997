/** What the launchers read from the environment: where programs may be. */
export const natsServerOverride = (): string | undefined => process.env['NATS_SERVER'];
export const searchPath = (): string[] => (process.env['PATH'] ?? '').split(':').filter((dir) => dir !== '');
