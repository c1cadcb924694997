import { ServiceConfig } from '@countersign/service';

/** As any service's: the command reads how to reach NATS, and how many shards there are. */
export class OperatorConfig extends ServiceConfig {}
