import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Button } from './blocks';
import { Delivery, type Delivered, type Forgery, type Payload } from './delivery';
import type { Press } from './events';
import { messageJson } from './message-json';
import { OwnAddress } from './own-address';
import { actorJson, WORKSPACE, type SlackPerson } from './people';
import { Triggers } from './triggers';
import { Workspace, type Message } from './workspace';

/** Presses buttons: sends `block_actions` as Slack does, and keeps what was answered. */
@Injectable()
export class Interactivity {
  constructor(
    private readonly workspace: Workspace,
    private readonly triggers: Triggers,
    private readonly delivery: Delivery,
    private readonly address: OwnAddress,
  ) {}

  /** `undefined` when the message never had such a button. Never throws for what the app does. */
  async press(
    message: Message,
    actionId: string,
    by: SlackPerson,
    forgery?: Forgery,
  ): Promise<Delivered | undefined> {
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
    const answer = await this.delivery.send(this.payload(message, press, found), forgery);
    this.workspace.recordAnswer(press.id, answer);
    return answer;
  }

  private payload(
    message: Message,
    press: Press,
    { button, blockId }: { button: Button; blockId: string },
  ): Payload {
    const { channel, ts, reply } = message;
    return {
      type: 'block_actions',
      ...actorJson(press.by),
      container: {
        type: 'message',
        message_ts: ts,
        channel_id: channel.id,
        is_ephemeral: false,
        ...(reply && { thread_ts: reply.threadTs }),
      },
      trigger_id: this.triggers.issue(press.by, press.at),
      channel,
      message: messageJson(message, { metadata: true }),
      state: { values: {} },
      response_url: `${this.address.url}/sandbox/slack/actions/${WORKSPACE.team}/${press.id}`,
      actions: [{ ...button, block_id: blockId, action_ts: this.workspace.nextTs() }],
    };
  }
}
