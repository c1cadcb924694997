import { mayPass, quoted, WatchedFile } from '@countersign/service';
import { TerminalError } from '@countersign/workflow';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PushNotifierConfig } from '../config';
import { assertionOf } from './assertion';
import { type Answer, post, unavailable } from './exchange';
import { parseServiceAccount, type ServiceAccount } from './service-account';

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** A token is renewed so many milliseconds before it ends. */
const EARLY = 60_000;

export interface AccessToken {
  readonly text: string;
  readonly account: ServiceAccount;
  /** By `performance.now()`. */
  readonly usableUntil: number;
}

/**
 * Access tokens for the service account, by the JWT bearer grant (RFC 7523). One is used until shortly before
 * it ends, or until the file of the service account changes; many who ask at once share one request.
 *
 * Google's own client is not used: its address of the token endpoint is fixed, and `token_uri` of the file is not read.
 */
@Injectable()
export class AccessTokens implements OnModuleInit, OnModuleDestroy {
  private file!: WatchedFile<ServiceAccount>;
  private current: AccessToken | undefined;
  private pending: Promise<AccessToken> | undefined;

  constructor(private readonly config: PushNotifierConfig) {}

  /** @throws CodedError `ServiceAccountInvalid`, `FileUnreadable` */
  async onModuleInit(): Promise<void> {
    this.file = await WatchedFile.open({
      file: this.config.serviceAccountFile,
      name: 'service account file',
      setting: 'FCM_SERVICE_ACCOUNT_FILE',
      parse: parseServiceAccount,
      advice: 'Make a key in the Firebase console, project settings, service accounts.',
      summary: ({ clientEmail, projectId }) => ({ clientEmail, projectId }),
    });
  }

  onModuleDestroy(): void {
    this.file.close();
  }

  /** Looks at the file now. */
  reload(): Promise<void> {
    return this.file.reload();
  }

  /** @throws TerminalError `FcmUnauthorized`, CodedError `FcmUnavailable` (retryable) */
  async get(): Promise<AccessToken> {
    const known = this.current;
    if (known?.account === this.file.content && performance.now() < known.usableUntil) return known;
    this.pending ??= this.ask(this.file.content).finally(() => (this.pending = undefined));
    return (this.current = await this.pending);
  }

  /** The token was not accepted: the next one that is asked for is another one. */
  forget(token: AccessToken): void {
    if (this.current === token) this.current = undefined;
  }

  /** Belongs to no attempt, since others may wait for it as well. */
  private async ask(account: ServiceAccount): Promise<AccessToken> {
    const asked = performance.now();
    const assertion = assertionOf(account, Math.floor(Date.now() / 1000));
    const body = new URLSearchParams({ grant_type: GRANT, assertion }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
    const answer = await post(account.tokenUri, { headers, body }, new AbortController().signal);
    const { access_token: text, expires_in: seconds } = answer.body;
    if (answer.status !== 200 || typeof text !== 'string') throw refused(account, answer);
    const life = typeof seconds === 'number' ? seconds * 1000 : 0;
    return { text, account, usableUntil: asked + life - EARLY };
  }
}

function refused({ tokenUri, clientEmail }: ServiceAccount, answer: Answer): Error {
  const said = `${tokenUri} answered ${answer.status}: ${quoted(answer)}`;
  if (mayPass(answer)) return unavailable(said);
  return new TerminalError(
    'FcmUnauthorized',
    `Google gives no access token to ${clientEmail}: ${said}. Check FCM_SERVICE_ACCOUNT_FILE (was the key ` +
      'deleted?) and the clock of this machine.',
  );
}
