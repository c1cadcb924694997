/** Queue `push`: messages to a customer's device. */
import { IsOptional, IsString, Length } from 'class-validator';
import { defineActivity } from '../define';

export class SendPush {
  /** The device's registration at the push service. */
  @IsString()
  @Length(1, 4096)
  regId!: string;

  /** What happened, for the app on the device. */
  @IsString()
  @Length(1, 100)
  stage!: string;

  @IsString()
  @Length(1, 200)
  title!: string;

  @IsString()
  @Length(1, 1000)
  body!: string;

  /** What the app answers to: the instance. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  orderId?: string;
}

export type PushOutcome =
  /** `name` is the push service's own name of the message. */
  | { readonly outcome: 'sent'; readonly name: string }
  /** The device is not there any more, or never was: nothing was sent, and nothing will be. */
  | { readonly outcome: 'unregistered'; readonly reason: string };

export const sendPush = defineActivity<PushOutcome>()({
  name: 'push.send',
  queue: 'push',
  input: SendPush,
  description: 'Push a message to a device',
});
