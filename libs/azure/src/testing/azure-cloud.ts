import { once } from 'node:events';
import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { generate } from 'selfsigned';
import { AppConfigurationStore } from './app-configuration';
import { Entra, LOGIN_HOST, TENANT } from './entra';
import type { Answer, Request } from './exchange';
import { KeyVault } from './key-vault';

export const STORE_HOST = 'countersign.azconfig.io';
export const VAULT = 'https://countersign.vault.azure.net';
/** Hosts that the certificate is for; the stand-ins answer as these and no others can be reached. */
const HOSTS = ['*.azconfig.io', '*.vault.azure.net', '*.vault.example', LOGIN_HOST];

type Interference = Answer | 'nothing' | undefined;

/** A request that came in, and the status that it was answered with. */
export interface Exchange {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/**
 * Stands in for App Configuration, Key Vault and Entra under their own names: a client that goes
 * through the proxy and trusts the certificate speaks TLS with `countersign.azconfig.io` and is
 * answered from here, so that nothing in it has to be different for the test.
 */
export class AzureCloud {
  readonly entra = new Entra();
  readonly store = new AppConfigurationStore(this.entra);
  readonly vault = new KeyVault(this.entra);
  /** Every request, in order. */
  readonly exchanges: Exchange[] = [];
  /** Every host and port that the proxy was asked for. */
  readonly connections: string[] = [];
  /** Takes precedence over what a stand-in would answer; `'nothing'` leaves the client waiting until the end. */
  interfere: (host: string) => Interference | Promise<Interference> = () => undefined;
  private readonly tunnels = new Set<Socket>();
  /** Until those have gone who were left waiting. */
  private readonly waiting: Promise<unknown>[] = [];
  private release: () => void = () => undefined;
  private readonly ended = new Promise<void>((resolve) => (this.release = resolve));

  private constructor(
    /** PEM; to be trusted by the client. */
    readonly certificate: string,
    private readonly tls: Server,
    private readonly plain: Server,
  ) {
    for (const server of [tls, plain])
      server.on('request', (request, response) => void this.handle(request, response));
    plain.on('connect', (request: IncomingMessage, client: Socket) => this.tunnel(request.url ?? '', client));
  }

  static async start(): Promise<AzureCloud> {
    const altNames = HOSTS.map((value) => ({ type: 2 as const, value }));
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'Azure stand-in' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'subjectAltName', altNames }],
    });
    const servers = [createHttps({ key, cert }), createHttp()] as const;
    for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    return new AzureCloud(cert, ...servers);
  }

  /** What the Azure clients read from the environment: the way here and the application's identity. */
  get environment(): Record<string, string> {
    return {
      HTTPS_PROXY: `http://127.0.0.1:${portOf(this.plain)}`,
      NO_PROXY: '127.0.0.1',
      AZURE_TENANT_ID: TENANT,
      AZURE_CLIENT_ID: this.entra.clientId,
      AZURE_CLIENT_SECRET: this.entra.clientSecret,
    };
  }

  get connectionString(): string {
    return `Endpoint=https://${STORE_HOST};Id=${this.store.id};Secret=${this.store.secret}`;
  }

  /** The store over plain http, as an emulator has it. */
  get emulator(): string {
    return this.connectionString.replace(`https://${STORE_HOST}`, `http://127.0.0.1:${portOf(this.plain)}`);
  }

  /** Requests to one host since the start. */
  exchangesWith(host: string): Exchange[] {
    return this.exchanges.filter((exchange) => exchange.host === host);
  }

  /** Lets those go who still wait for an answer, so that no client tries again, and closes. */
  async stop(): Promise<void> {
    this.release();
    await Promise.all(this.waiting);
    for (const socket of this.tunnels) socket.destroy();
    for (const server of [this.tls, this.plain]) {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers, url = '' } = incoming;
    const host = headers.host ?? '';
    const request: Request = {
      method,
      url: new URL(url, `https://${host}`),
      headers: headers as Record<string, string>,
      body: await text(incoming),
    };
    const answer = (await this.interfere(host)) ?? this.standInOf(host).answer(request);
    const status = answer === 'nothing' ? 0 : answer.status;
    this.exchanges.push({ host, method, path: url, status });
    if (answer === 'nothing') {
      this.waiting.push(once(incoming.socket, 'close'));
      await this.ended;
      response.writeHead(410, { connection: 'close' }).end();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...answer.headers });
    response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
  }

  private standInOf(host: string): { answer(request: Request): Answer } {
    if (host === LOGIN_HOST) return this.entra;
    return host === STORE_HOST || host.startsWith('127.0.0.1:') ? this.store : this.vault;
  }

  private tunnel(target: string, client: Socket): void {
    this.connections.push(target);
    const server = connect(portOf(this.tls), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      server.pipe(client).pipe(server);
    });
    for (const socket of [client, server]) {
      this.tunnels.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.tunnels.delete(socket));
    }
  }
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
