import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Entra } from './entra';
import { type Answer, bearerOf, hasVersion, type Request } from './exchange';

interface KeyValue {
  readonly key: string;
  readonly label: string | null;
  readonly value: string;
  readonly contentType: string;
}

const AUDIENCE = 'https://azconfig.io';
const REFERENCE = 'application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8';
/** What has to be signed (learn.microsoft.com, "HMAC authentication - REST API reference"). */
const SIGNED = ['x-ms-date', 'host', 'x-ms-content-sha256'];
/** Milliseconds that a signature is good for. */
const MAX_AGE = 15 * 60_000;

/** Stands in for one store of App Configuration: `GET /kv/{key}`, with a signature or a token that it checks. */
export class AppConfigurationStore {
  readonly id = randomBytes(4).toString('hex');
  readonly secret = randomBytes(32).toString('base64');
  /** Whether the application has the role that lets it read. */
  readable = true;
  private readonly keyValues: KeyValue[] = [];

  constructor(private readonly entra: Entra) {}

  put(key: string, value: string, { label = null as string | null, contentType = 'text/plain' } = {}): void {
    this.keyValues.unshift({ key, value, label, contentType });
  }

  putReference(key: string, uri: string, contentType = REFERENCE): void {
    this.put(key, JSON.stringify({ uri }), { contentType });
  }

  answer(request: Request): Answer {
    const { method, url } = request;
    const refused = bearerOf(request) ? this.refuseToken(request) : this.refuseSignature(request);
    if (refused) return refused;
    if (!hasVersion(request)) return problem(400, 'Invalid request parameter api-version');
    const [, collection, key, ...rest] = url.pathname.split('/');
    if (collection !== 'kv' || !key || rest.length > 0) return { status: 404 };
    if (method !== 'GET') return { status: 405 };
    const label = url.searchParams.get('label') || null;
    const found = this.keyValues.find((kv) => kv.key === decodeURIComponent(key) && kv.label === label);
    return found ? answerOf(found) : { status: 404 };
  }

  private refuseToken(request: Request): Answer | undefined {
    if (!this.entra.isFor(AUDIENCE, bearerOf(request)))
      return unauthorized('Bearer', 'Invalid audience or unknown token');
    return this.readable ? undefined : problem(403, 'The role App Configuration Data Reader is needed');
  }

  private refuseSignature({ method, url, headers, body }: Request): Answer | undefined {
    const [, credential, names = '', signature] =
      /^HMAC-SHA256 Credential=([^&]+)&SignedHeaders=([^&]+)&Signature=(.+)$/.exec(
        headers['authorization'] ?? '',
      ) ?? [];
    if (!credential) return unauthorized('HMAC-SHA256', 'No credential');
    if (credential !== this.id) return unauthorized('HMAC-SHA256', 'Invalid Credential');
    if (!SIGNED.every((name) => names.split(';').includes(name)))
      return unauthorized('HMAC-SHA256', 'Not all headers are signed that must be');
    if (!(Math.abs(Date.now() - Date.parse(headers['x-ms-date'] ?? '')) < MAX_AGE))
      return unauthorized('HMAC-SHA256', 'The access token has expired');
    if (headers['x-ms-content-sha256'] !== createHash('sha256').update(body).digest('base64'))
      return unauthorized('HMAC-SHA256', 'Invalid body hash');
    const values = names
      .split(';')
      .map((name) => headers[name])
      .join(';');
    const signed = `${method}\n${url.pathname}${url.search}\n${values}`;
    const expected = createHmac('sha256', Buffer.from(this.secret, 'base64')).update(signed).digest('base64');
    return signature === expected ? undefined : unauthorized('HMAC-SHA256', 'Invalid Signature');
  }
}

function answerOf({ key, label, value, contentType }: KeyValue): Answer {
  const etag = createHash('sha256').update(value).digest('base64url');
  const modified = new Date(0);
  return {
    status: 200,
    headers: {
      'content-type': 'application/vnd.microsoft.appconfig.kv+json; charset=utf-8',
      etag: `"${etag}"`,
      'last-modified': modified.toUTCString(),
    },
    body: {
      etag,
      key,
      label,
      content_type: contentType,
      value,
      tags: {},
      locked: false,
      last_modified: modified.toISOString(),
    },
  };
}

const problem = (status: number, title: string): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  body: { type: 'https://azconfig.io/errors/invalid-argument', title, status },
});

const unauthorized = (scheme: string, why: string): Answer => ({
  status: 401,
  headers: { 'www-authenticate': `${scheme} error="invalid_token" error_description="${why}"` },
});
