export { loadConfig, ServiceConfig, Setting } from './config';
export { Readiness } from './health';
export { Problem } from './problem';
export { ProblemFilter } from './problem.filter';
export { runService, type ServiceOptions, startService } from './run-service';
export { IsSealKey, seal, unseal } from './seal';
export { hashToken, instanceOfToken, makeToken } from './tokens';
export { validated } from './validated';
