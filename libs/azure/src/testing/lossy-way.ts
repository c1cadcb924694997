import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { HttpStandIn } from '@countersign/testing';

/** A way to a service on which the answer to a request gets lost, though not what it did. */
export class LossyWay extends HttpStandIn {
  lost = 0;

  constructor(
    private readonly target: string,
    private readonly loses: (question: IncomingMessage) => boolean,
  ) {
    super();
  }

  protected override serve(question: IncomingMessage, answer: ServerResponse): void {
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
  }
}
