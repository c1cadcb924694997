import { type Entra, LOGIN_HOST, TENANT } from './entra';
import { type Answer, bearerOf, hasVersion, type Request } from './exchange';

/** Of every vault of a cloud the same: the host without the vault's name. */
const audienceOf = ({ hostname }: URL): string => `https://${hostname.replace(/^[^.]+\./, '')}`;

/** Stands in for Key Vault, whichever the vault's host: `GET /secrets/{name}/{version}`. */
export class KeyVault {
  /** Whether the application has the role that lets it read. */
  readable = true;
  /** What it wants tokens for. */
  audienceOf = audienceOf;
  /** By `name` and by `name/version`. */
  private readonly secrets = new Map<string, string>();

  constructor(private readonly entra: Entra) {}

  put(name: string, value: string, version = '0'.repeat(32)): void {
    this.secrets.set(name, value).set(`${name}/${version}`, value);
  }

  /** Without a token it says, as the real one does, where to get which. */
  answer(request: Request): Answer {
    const { method, url } = request;
    const token = bearerOf(request);
    const audience = this.audienceOf(url);
    if (!this.entra.isFor(audience, token))
      return {
        ...failure(401, 'Unauthorized', token ? 'AKV10022: Invalid audience.' : 'AKV10000: No bearer token.'),
        headers: {
          'www-authenticate': `Bearer authorization="https://${LOGIN_HOST}/${TENANT}", resource="${audience}"`,
        },
      };
    if (!hasVersion(request)) return failure(400, 'BadParameter', 'api-version must be specified');
    const [, name, version] = /^\/secrets\/([^/]+)\/?([^/]*)$/.exec(url.pathname) ?? [];
    if (!name || method !== 'GET') return failure(404, 'NotFound', 'There is no such operation');
    if (!this.readable)
      return failure(
        403,
        'Forbidden',
        'Caller is not authorized to perform action on resource.\nAction: read',
      );
    const value = this.secrets.get(version ? `${name}/${version}` : name);
    if (value === undefined)
      return failure(
        404,
        'SecretNotFound',
        `A secret with (name/id) ${name} was not found in this key vault.`,
      );
    const id = `${url.origin}/secrets/${name}/${version || '0'.repeat(32)}`;
    return { status: 200, body: { value, id, attributes: { enabled: true, created: 0, updated: 0 } } };
  }
}

const failure = (status: number, code: string, message: string): Answer => ({
  status,
  body: { error: { code, message } },
});
