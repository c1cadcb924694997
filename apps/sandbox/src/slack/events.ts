import type { Block } from './blocks';
import type { Delivered } from './delivery';
import type { SlackPerson } from './people';
import type { ViewDefinition } from './view-definition';

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

/** Where in a thread a message is. */
export interface Reply {
  /** Time stamp of the message that the thread belongs to. */
  readonly threadTs: string;
  /** Shown in the channel, too. */
  readonly broadcast: boolean;
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

/** A dialog that one person sees. */
export interface View {
  readonly id: string;
  readonly user: SlackPerson;
  readonly definition: ViewDefinition;
  /** What the app found wrong with the last submission, by block. */
  readonly errors: Readonly<Record<string, string>>;
  /** What Slack tells the person when the app did not answer as it should. */
  readonly trouble?: string;
}

export type SlackEvent =
  | {
      readonly kind: 'slack.posted';
      readonly channel: Channel;
      readonly ts: string;
      readonly content: Content;
      readonly reply?: Reply;
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
  | { readonly kind: 'slack.answered'; readonly pressId: string; readonly answer: Delivered }
  | { readonly kind: 'slack.responded'; readonly pressId: string }
  | { readonly kind: 'slack.viewShown'; readonly view: View }
  | { readonly kind: 'slack.viewClosed'; readonly viewId: string };
