import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { HttpStandIn } from '@countersign/testing';

/** The emulator's well-known development account; a secret to nobody. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

export interface GateOptions {
  /** Where requests go to: the address of Azurite's table or blob service. */
  readonly target: string;
  readonly service: 'Table' | 'Blob';
  /** The requests that are counted, and held back when told so; the others go through. */
  readonly guards: (request: IncomingMessage) => boolean;
}

/** The way from one worker to a service: counts what it asks for, holds it back, and is cut when the worker dies. */
export class Gate extends HttpStandIn {
  /** Guarded requests that were answered. */
  passed = 0;
  /** Rows in their answers. */
  rows = 0;
  /** Guarded requests that wait, or that nobody answered. */
  readonly waiting: (() => void)[] = [];
  private permits = Infinity;

  constructor(private readonly options: GateOptions) {
    super();
  }

  get connectionString(): string {
    const endpoint = `${this.options.service}Endpoint=${this.url}/${ACCOUNT};`;
    return `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};${endpoint}`;
  }

  /** From now on so many guarded requests go through; the others wait. */
  allow(requests: number): void {
    this.permits = requests;
    for (; this.permits > 0 && this.waiting.length > 0; this.permits--) this.waiting.shift()?.();
  }

  /** As for a worker that is dead: nothing goes through any more. */
  async cut(): Promise<void> {
    this.permits = 0;
    await this.stop();
  }

  protected override async serve(question: IncomingMessage, answer: ServerResponse): Promise<void> {
    const guarded = this.options.guards(question);
    if (guarded && --this.permits < 0) {
      this.permits = 0;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    const { method, url, headers } = question;
    const forwarded = request(new URL(url ?? '/', this.options.target), { method, headers }, (reply) => {
      void this.relay(reply, answer, guarded);
    });
    forwarded.on('error', () => answer.destroy());
    question.pipe(forwarded);
  }

  private async relay(reply: IncomingMessage, answer: ServerResponse, guarded: boolean): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of reply) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (guarded) this.count(body);
    answer.writeHead(reply.statusCode ?? 502, reply.headers).end(body);
  }

  private count(body: Buffer): void {
    this.passed++;
    if (this.options.service === 'Table')
      this.rows += (JSON.parse(body.toString()) as { value: unknown[] }).value.length;
  }
}
