/** A request as a stand-in sees it. */
export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; nothing is sent without one. */
  readonly body?: unknown;
}

/** The token of an `Authorization: Bearer …` header. */
export const bearerOf = ({ headers }: Request): string | undefined =>
  /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];

/** What every Azure service asks of every request: the version of its API, as a date. */
export const hasVersion = ({ url }: Request): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(url.searchParams.get('api-version') ?? '');
