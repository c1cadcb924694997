import { createServer, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A way to a service on which the answer to a request gets lost, though not what it did. */
export class LossyWay {
  private readonly server = createServer((question, answer) => {
    const { method, url = '/', headers } = question;
    const forwarded = request(new URL(url, this.target), { method, headers }, (reply) => {
      if (!this.loses(question)) {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
        return;
      }
      this.lost++;
      reply.resume().on('end', () => answer.destroy());
    });
    question.pipe(forwarded);
  });

  lost = 0;

  private constructor(
    private readonly target: string,
    private readonly loses: (question: IncomingMessage) => boolean,
  ) {}

  static async open(target: string, loses: (question: IncomingMessage) => boolean): Promise<LossyWay> {
    const way = new LossyWay(target, loses);
    await new Promise<void>((resolve) => way.server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
