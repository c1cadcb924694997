import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpStandIn } from '@countersign/testing';

const PAGE = 1_000;

/**
 * A table service with as many rows a day as one likes, which it makes as they are asked for: its own
 * memory does not grow with them. Knows queries only.
 */
export class EndlessTable extends HttpStandIn {
  rows = 0;

  constructor(
    private readonly rowsPerDay: number,
    private readonly distinct: number,
  ) {
    super();
  }

  get connectionString(): string {
    const key = Buffer.from('any').toString('base64');
    return `DefaultEndpointsProtocol=http;AccountName=any;AccountKey=${key};TableEndpoint=${this.url}/any;`;
  }

  protected override serve(question: IncomingMessage, answer: ServerResponse): void {
    const from = Number(new URL(question.url ?? '/', 'http://any').searchParams.get('NextRowKey') ?? 0);
    const rows = Math.min(PAGE, this.rowsPerDay - from);
    const value = Array.from({ length: rows }, (_, i) => ({
      'odata.etag': `W/"${from + i}"`,
      identificationNumber: `person ${(from + i) % this.distinct}`,
    }));
    this.rows += rows;
    const more = from + rows < this.rowsPerDay;
    answer.writeHead(200, {
      'content-type': 'application/json',
      ...(more && {
        'x-ms-continuation-NextPartitionKey': 'day',
        'x-ms-continuation-NextRowKey': String(from + rows),
      }),
    });
    answer.end(JSON.stringify({ value }));
  }
}
