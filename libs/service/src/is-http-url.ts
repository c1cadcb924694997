import { IsUrl } from 'class-validator';

/** class-validator: an absolute http(s) address; its host may be of a network of its own (`http://nats:8222`). */
export const IsHttpUrl = () =>
  IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'] });
