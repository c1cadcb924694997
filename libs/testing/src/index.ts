export * from './servers/azurite';
export * from './servers/nats-server';
export * from './servers/ports';
export * from './servers/server-process';
