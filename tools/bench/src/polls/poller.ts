import { Client } from 'undici';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Longer than any answer is held, in milliseconds. */
const TIMEOUT = 90_000;

/** One client with one connection, which it keeps. */
export class Poller {
  private readonly client: Client;

  constructor(origin: string) {
    this.client = new Client(origin, { headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      let status = 0;
      let received: Answer['headers'] = {};
      const chunks: Buffer[] = [];
      this.client.dispatch(
        { method: 'GET', path, headers },
        {
          onRequestStart: () => undefined,
          onResponseStart: (_, code, fields) => {
            status = code;
            received = fields;
          },
          onResponseData: (_, chunk) => void chunks.push(chunk),
          onResponseEnd: () => resolve({ status, headers: received, body: Buffer.concat(chunks).toString() }),
          onResponseError: (_, error) => reject(error),
        },
      );
    });
  }

  close(): Promise<void> {
    return this.client.destroy();
  }
}

const pools = new Map<string, Poller[]>();

/** The first so many pollers of an origin: they keep their connections from one measurement to the next. */
export function pollersOf(origin: string, count: number): readonly Poller[] {
  const pool = pools.get(origin) ?? [];
  pools.set(origin, pool);
  while (pool.length < count) pool.push(new Poller(origin));
  return pool.slice(0, count);
}

export async function closePollers(): Promise<void> {
  await Promise.all([...pools.values()].flat().map((poller) => poller.close()));
}
