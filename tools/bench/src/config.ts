import { loadConfig, ServiceConfig } from '@countersign/service';

export const config = loadConfig(ServiceConfig);
