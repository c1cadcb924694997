import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const PAGE = 1_000;

/**
 * A table service with as many rows a day as one likes, which it makes as they are asked for: its own
 * memory does not grow with them. Knows queries only.
 */
export class EndlessTable {
  rows = 0;

  private constructor(private readonly server: Server) {}

  static async start(rowsPerDay: number, distinct: number): Promise<EndlessTable> {
    const server = createServer((question, answer) => {
      const from = Number(new URL(question.url ?? '/', 'http://any').searchParams.get('NextRowKey') ?? 0);
      const rows = Math.min(PAGE, rowsPerDay - from);
      const value = Array.from({ length: rows }, (_, i) => ({
        'odata.etag': `W/"${from + i}"`,
        identificationNumber: `person ${(from + i) % distinct}`,
      }));
      table.rows += rows;
      const more = from + rows < rowsPerDay;
      answer.writeHead(200, {
        'content-type': 'application/json',
        ...(more && {
          'x-ms-continuation-NextPartitionKey': 'day',
          'x-ms-continuation-NextRowKey': String(from + rows),
        }),
      });
      answer.end(JSON.stringify({ value }));
    });
    const table = new EndlessTable(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return table;
  }

  get connectionString(): string {
    const { port } = this.server.address() as AddressInfo;
    const key = Buffer.from('any').toString('base64');
    return `DefaultEndpointsProtocol=http;AccountName=any;AccountKey=${key};TableEndpoint=http://127.0.0.1:${port}/any;`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
