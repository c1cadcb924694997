import type { Answer } from '../ingestion/ingestion.client';
import type { Block } from './blocks';
import type { SlackPerson } from './people';

export interface Channel {
  readonly id: string;
  readonly name: string;
}

/** Application data that a message carries; people do not see it. */
export interface Metadata {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, unknown>>;
}

/** What an app says: the part of a message that it can change. */
export interface Content {
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly metadata?: Metadata;
}

export interface Press {
  /** Random; also the secret of its response_url. */
  readonly id: string;
  readonly ts: string;
  readonly actionId: string;
  readonly label: string;
  readonly by: SlackPerson;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export type SlackEvent =
  | {
      readonly kind: 'slack.posted';
      readonly channel: Channel;
      readonly ts: string;
      readonly content: Content;
    }
  | {
      readonly kind: 'slack.updated';
      readonly ts: string;
      readonly editedTs: string;
      readonly content: Content;
    }
  | {
      readonly kind: 'slack.whispered';
      readonly channel: Channel;
      readonly ts: string;
      readonly user: string;
      readonly content: Content;
    }
  | { readonly kind: 'slack.pressed'; readonly press: Press }
  | { readonly kind: 'slack.answered'; readonly pressId: string; readonly answer: Answer }
  | { readonly kind: 'slack.responded'; readonly pressId: string };
