import { Injectable } from '@nestjs/common';
import { SandboxConfig } from '../config';
import { IngestionClient, type Answer } from '../ingestion/ingestion.client';
import type { SlackPerson } from './people';
import { signatureHeaders } from './signature';
import { SocketMode } from './socket-mode';

/** Milliseconds after which Slack gives up on an answer and shows the person a warning. */
const ANSWER_WITHIN = 3000;

/** What an app answered to something that a person did. */
export interface Delivered extends Answer {
  /** To the app's request URL, or over its Socket Mode connection. */
  readonly via: 'http' | 'socket';
}

/** Makes a request that Slack would never send, to see it refused. */
export interface Forgery {
  /** Signs the request for somebody else, then puts the person's name into the body. */
  readonly tamper?: boolean;
  /** Signs with this instead of the signing secret. */
  readonly secret?: string;
  /** How old the signature is. */
  readonly ageSeconds?: number;
}

/** What every interactivity payload says. */
export interface Payload {
  readonly type: 'block_actions' | 'view_submission';
  readonly user: object;
  readonly [field: string]: unknown;
}

const SOMEBODY_ELSE: SlackPerson = { id: 'U0NOBODY', name: 'nobody' };

/** Takes what people do to the app, as Slack does. */
@Injectable()
export class Delivery {
  constructor(
    private readonly config: SandboxConfig,
    private readonly ingestion: IngestionClient,
    private readonly sockets: SocketMode,
  ) {}

  /** Over the socket where one is connected; a forgery by HTTP, where anybody can send. Never throws for what the app does. */
  async send(payload: Payload, forgery?: Forgery): Promise<Delivered> {
    if (forgery === undefined && this.sockets.connected > 0)
      return { ...(await this.sockets.deliver(payload)), via: 'socket' };
    return { ...(await this.post(payload, forgery ?? {})), via: 'http' };
  }

  /** The request body is what is signed, byte for byte, unless it is forged. */
  private post(payload: Payload, { tamper, secret, ageSeconds = 0 }: Forgery): Promise<Answer> {
    const body = form(payload);
    const signed = tamper === true ? form({ ...payload, user: SOMEBODY_ELSE }) : body;
    return this.ingestion.post({
      path: '/slack/actions',
      contentType: 'application/x-www-form-urlencoded',
      headers: {
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        ...signatureHeaders(secret ?? this.config.slackSigningSecret, signed, Date.now() - ageSeconds * 1000),
      },
      body,
      answerWithin: ANSWER_WITHIN,
    });
  }
}

const form = (payload: Payload) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
