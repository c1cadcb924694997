import type { Json } from '@countersign/workflow';
import { asJson } from '../part';
import type { SchemaCatalogue } from '../schemas/catalogue';
import { CHANNELS, channelObject, PARAMETERS } from './channels';
import { allMessages } from './messages';
import { operations } from './operations';

const DESCRIPTION =
  'Every subject of Countersign: who sends what to whom over JetStream. One stream per shard holds ' +
  'everything of its instances. An operation is named for its service, which its tag repeats.';

/** The AsyncAPI document of the subjects. */
export function subjectsDocument(catalogue: SchemaCatalogue, version: string): Json {
  return asJson({
    asyncapi: '3.0.0',
    info: {
      title: 'Countersign',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { jetstream: { host: 'localhost:4222', protocol: 'nats', description: 'NATS with JetStream' } },
    channels: Object.fromEntries(
      Object.entries(CHANNELS).map(([name, channel]) => [name, channelObject(channel)]),
    ),
    operations: operations(),
    components: {
      parameters: PARAMETERS,
      messages: allMessages,
      schemas: catalogue.referredBy(asJson(allMessages)),
    },
  });
}
