import type { Schema } from './api-operation';

const uri: Schema = { type: 'string', format: 'uri' };

/** Every header that an answer of the API may carry: described once, referred to by name. */
export const HEADERS = {
  Location: { description: 'Absolute address to follow', schema: uri },
  'Operation-Location': {
    description: 'The same instance as a long-running operation of the Azure REST API guidelines',
    schema: uri,
  },
  'Retry-After': {
    description: 'Seconds to wait before the next request',
    schema: { type: 'integer', minimum: 1 },
  },
  ETag: {
    description: 'Changes with every step of the instance; send it back as `If-None-Match`',
    schema: { type: 'string', examples: ['"42"'] },
  },
  'x-ms-continuation-token': {
    description: 'There is more: send it back, as the same header, to get it',
    schema: { type: 'string' },
  },
  'x-list-behind': {
    description: 'Steps of instances that the list does not know of yet; 0 when it is up to date',
    schema: { type: 'string', examples: ['0', 'unknown'] },
  },
  'WWW-Authenticate': { description: 'How to show a key', schema: { type: 'string', examples: ['Bearer'] } },
} as const satisfies Record<string, { description: string; schema: Schema }>;

export type HeaderName = keyof typeof HEADERS;
