import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { SandboxEvent } from '../journal/events';
import { Journal } from '../journal/journal';
import { buttonsOf, type Button } from './blocks';
import type { Delivered } from './delivery';
import type { Channel, Content, Press, Reply } from './events';
import { CHANNELS } from './people';
import { SlackError } from './slack-error';

export interface PressRecord extends Press {
  readonly answer?: Delivered;
  /** How often its response_url was used. */
  readonly responses: number;
}

export interface Message {
  readonly channel: Channel;
  /** Slack's time stamp, which also is the message's id: seconds, six digits of fraction. */
  readonly ts: string;
  readonly content: Content;
  /** Set when it is part of a thread. */
  readonly reply?: Reply;
  /** Time stamp of the newest edit. */
  readonly editedTs?: string;
  /** What it said before, oldest first. */
  readonly history: readonly Content[];
  /** Oldest first. */
  readonly presses: readonly PressRecord[];
}

/** A message that only one person sees. */
export interface Whisper {
  readonly channel: Channel;
  readonly ts: string;
  readonly user: string;
  readonly content: Content;
}

/** `chat.postMessage` takes ids and names, most other methods ids only. */
const CHANNEL_ID = /^[CGD][A-Z0-9]{2,}$/;
const CHANNEL_NAME = /^#?[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u;
/** So that a test can ask for a channel that is not there. */
const MISSING = /missing/i;

/** The stand-in Slack workspace: what was posted, edited and pressed. Any well-formed channel but `…missing…` exists. */
@Injectable()
export class Workspace {
  private readonly messages = new Map<string, Message>();
  private readonly channels = new Map<string, Channel>();
  private readonly pressed = new Map<string, string>();
  private whispered: Whisper[] = [];
  private lastTs = 0;

  constructor(private readonly journal: Journal) {
    journal.attach((event) => this.apply(event));
  }

  /** Newest last. */
  list(): Message[] {
    return [...this.messages.values()];
  }

  /** What was said below a message, newest last. */
  replies(ts: string): Message[] {
    return this.list().filter(({ reply }) => reply?.threadTs === ts);
  }

  whispers(): readonly Whisper[] {
    return this.whispered;
  }

  find(ts: string): Message | undefined {
    return this.messages.get(ts);
  }

  press(pressId: string): PressRecord | undefined {
    const ts = this.pressed.get(pressId);
    return ts === undefined ? undefined : this.find(ts)?.presses.find((press) => press.id === pressId);
  }

  /** Throws SlackError `channel_not_found`. */
  resolveChannel(idOrName: string, accept: 'id' | 'id or name'): Channel {
    const known: readonly Channel[] = [...CHANNELS, ...this.channels.values()];
    const name = idOrName.replace('#', '');
    if (CHANNEL_ID.test(idOrName) && !MISSING.test(idOrName)) {
      return known.find(({ id }) => id === idOrName) ?? { id: idOrName, name: idOrName.toLowerCase() };
    }
    if (accept === 'id or name' && CHANNEL_NAME.test(idOrName) && !MISSING.test(idOrName)) {
      return known.find((channel) => channel.name === name) ?? { id: channelIdOf(name), name };
    }
    throw new SlackError('channel_not_found');
  }

  /** A button of the message as it is now or, since a person may look at an older one, as it was. */
  findButton(message: Message, actionId: string): { button: Button; blockId: string } | undefined {
    const versions = [message.content, ...message.history.toReversed()];
    const buttons = versions.flatMap((content) => buttonsOf(content.blocks));
    return buttons.find(({ button }) => button.action_id === actionId);
  }

  /** A reply to a reply becomes one to the message that the thread belongs to. Throws SlackError `thread_not_found`. */
  post(channel: Channel, content: Content, reply?: Reply): Message {
    const ts = this.nextTs();
    const inThread = reply && { reply: { ...reply, threadTs: this.threadOf(channel, reply.threadTs) } };
    this.journal.record({ kind: 'slack.posted', channel, ts, content, ...inThread });
    return this.existing(ts);
  }

  /** Throws SlackError `thread_not_found`. */
  threadOf(channel: Channel, ts: string): string {
    const message = this.find(ts);
    if (message?.channel.id !== channel.id) throw new SlackError('thread_not_found');
    return message.reply?.threadTs ?? ts;
  }

  update(ts: string, content: Content): Message {
    this.journal.record({ kind: 'slack.updated', ts, editedTs: this.nextTs(), content });
    return this.existing(ts);
  }

  whisper(channel: Channel, user: string, content: Content): string {
    const ts = this.nextTs();
    this.journal.record({ kind: 'slack.whispered', channel, ts, user, content });
    return ts;
  }

  recordPress(press: Press): void {
    this.journal.record({ kind: 'slack.pressed', press });
  }

  recordAnswer(pressId: string, answer: Delivered): void {
    this.journal.record({ kind: 'slack.answered', pressId, answer });
  }

  recordResponse(pressId: string): void {
    this.journal.record({ kind: 'slack.responded', pressId });
  }

  /** Unique and ever growing, also over restarts. */
  nextTs(): string {
    this.lastTs = Math.max(this.lastTs + 1, Date.now() * 1000);
    const digits = String(this.lastTs);
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }

  private existing(ts: string): Message {
    const message = this.find(ts);
    if (message === undefined) throw new SlackError('message_not_found');
    return message;
  }

  private apply(event: SandboxEvent): void {
    switch (event.kind) {
      case 'slack.posted': {
        const { kind: _, ...posted } = event;
        const { channel, ts } = posted;
        this.channels.set(channel.id, channel);
        this.messages.set(ts, { ...posted, history: [], presses: [] });
        return this.seen(ts);
      }
      case 'slack.updated': {
        const { editedTs, content } = event;
        this.change(event.ts, (message) => ({
          ...message,
          editedTs,
          content,
          history: [...message.history, message.content],
        }));
        return this.seen(editedTs);
      }
      case 'slack.whispered': {
        const { channel, ts, user, content } = event;
        this.whispered.push({ channel, ts, user, content });
        return this.seen(ts);
      }
      case 'slack.pressed': {
        const { press } = event;
        this.pressed.set(press.id, press.ts);
        return this.change(press.ts, (message) => ({
          ...message,
          presses: [...message.presses, { ...press, responses: 0 }],
        }));
      }
      case 'slack.answered':
        return this.changePress(event.pressId, (press) => ({ ...press, answer: event.answer }));
      case 'slack.responded':
        return this.changePress(event.pressId, (press) => ({ ...press, responses: press.responses + 1 }));
      case 'reset':
        this.messages.clear();
        this.pressed.clear();
        this.channels.clear();
        this.whispered = [];
    }
  }

  private change(ts: string, alter: (message: Message) => Message): void {
    const message = this.messages.get(ts);
    if (message !== undefined) this.messages.set(ts, alter(message));
  }

  private changePress(pressId: string, alter: (press: PressRecord) => PressRecord): void {
    const ts = this.pressed.get(pressId);
    if (ts === undefined) return;
    this.change(ts, (message) => ({
      ...message,
      presses: message.presses.map((press) => (press.id === pressId ? alter(press) : press)),
    }));
  }

  private seen(ts: string): void {
    this.lastTs = Math.max(this.lastTs, Number(ts.replace('.', '')));
  }
}

/** The same for a name on every start, so that no directory of channels is needed. */
function channelIdOf(name: string): string {
  return `C${createHash('sha256').update(name).digest('hex').slice(0, 10).toUpperCase()}`;
}
