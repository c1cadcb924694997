import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The bytes, as text: what a signature is made over. */
  readonly body: string;
}

export interface FakeIngestion {
  readonly url: string;
  /** Oldest first. */
  readonly received: Received[];
  /** What it answers from now on; `never` keeps the client waiting. */
  answer: { status: number; body: string; headers?: Record<string, string> } | 'never';
  close(): void;
}

/** Stands where ingestion is, keeps what it gets. */
export async function startFakeIngestion(): Promise<FakeIngestion> {
  const fake: Omit<FakeIngestion, 'url'> = {
    received: [],
    answer: { status: 200, body: '' },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      fake.received.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
      if (fake.answer === 'never') return;
      response.writeHead(fake.answer.status, fake.answer.headers).end(fake.answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(fake, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** What Slack put into the one field of its form. */
export function payloadOf(received: Received | undefined): Record<string, unknown> {
  const payload = new URLSearchParams(received?.body).get('payload');
  return JSON.parse(payload ?? 'null') as Record<string, unknown>;
}
