import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { AddressInfo, Server } from 'node:net';
import { SandboxConfig } from '../config';
import { IngestionClient, type Answer } from '../ingestion/ingestion.client';
import type { Press } from './events';
import { messageJson } from './message-json';
import { handleOf, WORKSPACE, type SlackPerson } from './people';
import type { Button } from './blocks';
import { signatureHeaders } from './signature';
import { Workspace, type Message } from './workspace';

/** Milliseconds after which Slack gives up on an answer and shows the person a warning. */
const ANSWER_WITHIN = 3000;

/** Presses buttons: sends the signed `block_actions` request as Slack does, and keeps what was answered. */
@Injectable()
export class Interactivity {
  constructor(
    private readonly config: SandboxConfig,
    private readonly workspace: Workspace,
    private readonly ingestion: IngestionClient,
    private readonly http: HttpAdapterHost,
  ) {}

  /** `undefined` when the message never had such a button. Never throws for what ingestion does. */
  async press(message: Message, actionId: string, by: SlackPerson): Promise<Answer | undefined> {
    const found = this.workspace.findButton(message, actionId);
    if (found === undefined) return undefined;
    const press: Press = {
      id: randomUUID(),
      ts: message.ts,
      actionId,
      label: found.button.text.text,
      by,
      at: Date.now(),
    };
    this.workspace.recordPress(press);
    const answer = await this.send(JSON.stringify(this.payload(message, press, found)));
    this.workspace.recordAnswer(press.id, answer);
    return answer;
  }

  /** The request body is what is signed, byte for byte. */
  private send(payload: string): Promise<Answer> {
    const body = new URLSearchParams({ payload }).toString();
    return this.ingestion.post({
      path: '/slack/actions',
      contentType: 'application/x-www-form-urlencoded',
      headers: {
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        ...signatureHeaders(this.config.slackSigningSecret, body),
      },
      body,
      answerWithin: ANSWER_WITHIN,
    });
  }

  private payload(
    message: Message,
    press: Press,
    { button, blockId }: { button: Button; blockId: string },
  ): object {
    const { channel, ts } = message;
    const handle = handleOf(press.by);
    return {
      type: 'block_actions',
      user: { id: press.by.id, username: handle, name: press.by.name, team_id: WORKSPACE.team },
      api_app_id: WORKSPACE.app,
      token: 'sandbox-verification-token',
      container: { type: 'message', message_ts: ts, channel_id: channel.id, is_ephemeral: false },
      trigger_id: `${press.at}.${randomBytes(6).readUIntBE(0, 6)}.${randomBytes(16).toString('hex')}`,
      team: { id: WORKSPACE.team, domain: WORKSPACE.domain },
      enterprise: null,
      is_enterprise_install: false,
      channel,
      message: messageJson(message, { metadata: true }),
      state: { values: {} },
      response_url: `${this.ownUrl()}/sandbox/slack/actions/${WORKSPACE.team}/${press.id}`,
      actions: [{ ...button, block_id: blockId, action_ts: this.workspace.nextTs() }],
    };
  }

  private ownUrl(): string {
    if (this.config.publicUrl !== undefined) return this.config.publicUrl.replace(/\/$/, '');
    const { port } = (this.http.httpAdapter.getHttpServer() as Server).address() as AddressInfo;
    return `http://${this.config.host}:${port}`;
  }
}
