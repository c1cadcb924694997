export * from './client';
export * from './connection';
export * from './inputs';
export * from './log';
export * from './module';
export * from './publisher';
export * from './shard-logs';
export * from './topology';
