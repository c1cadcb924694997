import type { Answer } from '../ingestion/ingestion.client';

/** What a device got. */
export interface Push {
  /** FCM's name of the message: `projects/…/messages/…`. */
  readonly name: string;
  /** The registration of the device. */
  readonly token: string;
  /** ISO 8601. */
  readonly at: string;
  readonly title?: string;
  readonly body?: string;
  readonly data: Readonly<Record<string, string>>;
  /** On the screen, a push takes the place of an earlier one with the same tag. */
  readonly tag?: string;
}

export type FcmEvent =
  | { readonly kind: 'fcm.pushed'; readonly push: Push }
  | { readonly kind: 'fcm.unregistered'; readonly token: string }
  | {
      readonly kind: 'fcm.answered';
      readonly name: string;
      readonly approved: boolean;
      readonly answer: Answer;
    };
