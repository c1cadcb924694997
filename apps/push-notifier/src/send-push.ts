import { type PushOutcome, SendPush, sendPush } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { FcmClient } from './fcm/fcm.client';
import { messageOf } from './fcm/message';

/**
 * Pushes to a device. FCM has no idempotency key: reporting progress before sending makes an attempt count even
 * when it dies with its process, and a repeated push replaces the first one on the device.
 */
@Controller()
export class SendPushHandler {
  constructor(private readonly fcm: FcmClient) {}

  @Activity(sendPush)
  async send(input: SendPush, context: ActivityContext): Promise<PushOutcome> {
    await context.progress({ stage: 'sending' });
    return this.fcm.send(messageOf(input, context), context);
  }
}
