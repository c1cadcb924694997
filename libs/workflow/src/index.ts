export * from './definitions';
export * from './errors';
export * from './json';
export * from './ports';
export * from './protocol/inputs';
export * from './protocol/step';
export * from './protocol/task';
