import { generateKeyPairSync, verify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { HttpStandIn } from '@countersign/testing';
import type { Message } from '../fcm/message';

export const PROJECT = 'shop';
const EMAIL = 'pushes@shop.iam.gserviceaccount.com';

interface Send {
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly message: Message;
}

type Answer = (response: ServerResponse) => void;

/** Answers as Google's APIs do. */
export const answer =
  (status: number, body: object | string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));

export const sent = (id: string): Answer => answer(200, { name: `projects/${PROJECT}/messages/${id}` });

/** An error of FCM, with the details that it carries. */
export const refusal = (
  code: number,
  status: string,
  message: string,
  { errorCode, field }: { errorCode?: string; field?: string } = {},
  headers: Record<string, string> = {},
): Answer => {
  const details = [
    ...(errorCode === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]),
    ...(field === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field }] }]),
  ];
  return answer(code, { error: { code, message, status, ...(details.length > 0 && { details }) } }, headers);
};

/** The connection breaks before an answer. */
export const silence: Answer = (response) => void response.socket?.destroy();

/**
 * A server that speaks as much of Google's token endpoint and of FCM as these tests need: the token endpoint
 * checks what it is sent and hands out `token-1`, `token-2`, …; FCM's answers are scripted.
 */
export class GoogleStandIn extends HttpStandIn {
  readonly sends: Send[] = [];
  /** Header and claims of each request for a token. */
  readonly assertions: { header: object; claims: object }[] = [];
  /** Seconds. */
  tokenLife = 3600;
  /** Answers to requests for tokens, before those are handed out again. */
  tokenAnswers: Answer[] = [];
  private answers: Answer[] = [];
  private keys = newKeys();

  get tokenUri(): string {
    return `${this.url}/oauth/token`;
  }

  /** The service account's key file, as the Firebase console hands it out. */
  get account() {
    return {
      type: 'service_account',
      project_id: PROJECT,
      private_key_id: this.keys.id,
      private_key: this.keys.privateKey,
      client_email: EMAIL,
      token_uri: this.tokenUri,
    };
  }

  writeAccount(file: string, more: object = {}): Promise<void> {
    return writeFile(file, JSON.stringify({ ...this.account, ...more }));
  }

  /** Makes a new key; the old one is not accepted any more. */
  rotate(): void {
    this.keys = newKeys();
  }

  /** FCM answers in this order; the last one again and again. */
  script(...answers: Answer[]): void {
    this.answers = answers;
  }

  reset(): void {
    this.sends.length = 0;
    this.assertions.length = 0;
    this.tokenLife = 3600;
    this.tokenAnswers = [];
    this.answers = [];
  }

  protected override async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    if (request.url === '/oauth/token') return this.handOut(new URLSearchParams(body), response);
    const { message } = JSON.parse(body) as { message: Message };
    this.sends.push({ path: request.url, authorization: request.headers.authorization, message });
    const next = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    (next ?? answer(500, 'nothing scripted'))(response);
  }

  private handOut(form: URLSearchParams, response: ServerResponse): void {
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const signed = Buffer.from(`${header}.${claims}`);
    const isGenuine =
      form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer' &&
      verify('RSA-SHA256', signed, this.keys.publicKey, Buffer.from(signature, 'base64url'));
    this.assertions.push({ header: decoded(header), claims: decoded(claims) });
    const scripted = this.tokenAnswers.shift();
    if (scripted) return scripted(response);
    if (!isGenuine)
      return answer(400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })(response);
    const access_token = `token-${this.assertions.length}`;
    answer(200, { access_token, expires_in: this.tokenLife, token_type: 'Bearer' })(response);
  }
}

let made = 0;
const newKeys = () => ({
  id: `key-${++made}`,
  ...generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }),
});

const decoded = (part: string): object =>
  JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as object;
