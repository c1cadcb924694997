import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** What the server answers to the step of that name instead of taking it; gone after one conversation. */
type Refusal = readonly [step: 'connect' | 'auth' | 'from' | 'to' | 'data', code: number, text?: string];

/** A mail as it arrived. */
export interface Arrived {
  readonly mail: Email;
  readonly raw: string;
  /** Of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
}

export const USER = 'countersign';
export const PASSWORD = 'a password of the mail server';

/** A mail server on a free port, which keeps what it takes. */
export class MailServer {
  readonly arrived: Arrived[] = [];
  private refusals: Refusal[] = [];
  private readonly server: SMTPServer;

  private constructor(isEncrypted: boolean) {
    this.server = new SMTPServer({
      logger: false,
      disabledCommands: isEncrypted ? [] : ['STARTTLS'],
      allowInsecureAuth: true,
      disableReverseLookup: true,
      onConnect: (_session, callback) => callback(this.refused('connect')),
      onAuth: ({ username, password }, _session, callback) => {
        const isKnown = username === USER && password === PASSWORD;
        const refused = this.refused('auth') ?? (isKnown ? undefined : answer(535, 'unknown user'));
        callback(refused ?? null, refused ? undefined : { user: username });
      },
      onMailFrom: (_address, _session, callback) => callback(this.refused('from')),
      onRcptTo: (_address, _session, callback) => callback(this.refused('to')),
      onData: (stream, { envelope }, callback) => {
        void buffer(stream).then(async (bytes) => {
          const refused = this.refused('data');
          if (refused !== undefined) return callback(refused);
          this.arrived.push({
            mail: await PostalMime.parse(bytes),
            raw: bytes.toString('latin1'),
            from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
            to: envelope.rcptTo.map(({ address }) => address),
          });
          callback();
        }, callback);
      },
    });
    // A client that goes away in the middle is no failure of the server.
    this.server.on('error', () => undefined);
  }

  /** @param options.isEncrypted offers STARTTLS, with a certificate that nobody vouches for */
  static async start({ isEncrypted = false } = {}): Promise<MailServer> {
    const mailServer = new MailServer(isEncrypted);
    await new Promise<void>((resolve) => mailServer.server.listen(0, '127.0.0.1', resolve));
    return mailServer;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  refuse(...refusals: Refusal[]): void {
    this.refusals = refusals;
  }

  reset(): void {
    this.arrived.length = 0;
    this.refusals = [];
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(resolve));
  }

  private refused(step: Refusal[0]): Error | undefined {
    const refusal = this.refusals.find(([refused]) => refused === step);
    if (refusal === undefined) return undefined;
    this.refusals = this.refusals.filter((other) => other !== refusal);
    return answer(refusal[1], refusal[2] ?? 'refused by the test');
  }
}

const answer = (responseCode: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode });
