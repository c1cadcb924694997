import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server in the test's own process, on a free port of loopback, where another system would be. */
export abstract class HttpStandIn {
  private readonly server = createServer((request, response) => void this.serve(request, response));

  static async start<Args extends unknown[], StandIn extends HttpStandIn>(
    this: new (...args: Args) => StandIn,
    ...args: Args
  ): Promise<StandIn> {
    const standIn = new this(...args);
    await new Promise<void>((resolve) => standIn['server'].listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves when nothing is connected any more; what waits for an answer gets none. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  protected abstract serve(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}
