import { Injectable } from '@nestjs/common';
import type { SlackArguments } from './arguments';
import { messageJson } from './message-json';
import { GROUPS, WORKSPACE } from './people';
import { SlackError } from './slack-error';
import { Triggers } from './triggers';
import { viewJson } from './view-json';
import { Views } from './views';
import { Workspace, type Message } from './workspace';

type Answer = Readonly<Record<string, unknown>>;

/** So that a test can ask for somebody who is not there. */
const MISSING = /missing/i;

/** The Web API methods that the notifier uses (docs.slack.dev/reference/methods). */
@Injectable()
export class WebApi {
  private readonly methods: ReadonlyMap<string, (args: SlackArguments) => Answer> = new Map([
    ['auth.test', () => this.authTest()],
    ['chat.postMessage', (args: SlackArguments) => this.postMessage(args)],
    ['chat.update', (args: SlackArguments) => this.update(args)],
    ['chat.postEphemeral', (args: SlackArguments) => this.postEphemeral(args)],
    ['conversations.history', (args: SlackArguments) => this.history(args)],
    ['conversations.replies', (args: SlackArguments) => this.replies(args)],
    ['usergroups.users.list', (args: SlackArguments) => this.groupMembers(args)],
    ['views.open', (args: SlackArguments) => this.openView(args)],
  ]);

  constructor(
    private readonly workspace: Workspace,
    private readonly triggers: Triggers,
    private readonly views: Views,
  ) {}

  /** Throws SlackError, which is Slack's `{ok: false}`. */
  call(method: string, args: SlackArguments): Answer {
    const handler = this.methods.get(method);
    if (handler === undefined) throw new SlackError('unknown_method');
    return { ok: true, ...handler(args) };
  }

  private authTest(): Answer {
    return {
      url: `https://${WORKSPACE.domain}.slack.com/`,
      team: 'Countersign sandbox',
      team_id: WORKSPACE.team,
      user: 'countersign',
      user_id: WORKSPACE.botUser,
      bot_id: WORKSPACE.bot,
      is_enterprise_install: false,
    };
  }

  private postMessage(args: SlackArguments): Answer {
    const channel = this.workspace.resolveChannel(
      args.required('channel', 'channel_not_found'),
      'id or name',
    );
    const threadTs = args.text('thread_ts');
    const reply = threadTs && { threadTs, broadcast: args.flag('reply_broadcast') };
    const message = this.workspace.post(channel, args.content(), reply || undefined);
    return { channel: channel.id, ts: message.ts, message: messageJson(message, { metadata: true }) };
  }

  private update(args: SlackArguments): Answer {
    const message = this.messageIn(
      args.required('channel', 'channel_not_found'),
      args.required('ts', 'message_not_found'),
    );
    const updated = this.workspace.update(message.ts, args.content(message.content));
    const { text } = updated.content;
    return {
      channel: updated.channel.id,
      ts: updated.ts,
      text,
      message: messageJson(updated, { metadata: true }),
    };
  }

  private postEphemeral(args: SlackArguments): Answer {
    const channel = this.workspace.resolveChannel(
      args.required('channel', 'channel_not_found'),
      'id or name',
    );
    const user = args.required('user', 'user_not_in_channel');
    if (MISSING.test(user)) throw new SlackError('user_not_in_channel');
    const ts = this.workspace.whisper(channel, user, args.content());
    return { message_ts: ts };
  }

  private groupMembers(args: SlackArguments): Answer {
    const group = GROUPS.find(({ id }) => id === args.text('usergroup'));
    if (group === undefined) throw new SlackError('no_such_subteam');
    return { users: group.users };
  }

  /** The trigger is used up only by a view that can be shown. */
  private openView(args: SlackArguments): Answer {
    const definition = args.view();
    const user = this.triggers.exchange(args.required('trigger_id', 'invalid_trigger_id'));
    return { view: viewJson(this.views.open(user, definition)) };
  }

  /** The message and what was said below it, oldest first. */
  private replies(args: SlackArguments): Answer {
    const channel = this.workspace.resolveChannel(args.required('channel', 'channel_not_found'), 'id');
    const ts = this.workspace.threadOf(channel, args.required('ts', 'thread_not_found'));
    const metadata = args.flag('include_all_metadata');
    const root = this.messageIn(channel.id, ts);
    const messages = [root, ...this.workspace.replies(ts)];
    return { messages: messages.map((message) => messageJson(message, { metadata })), has_more: false };
  }

  /** Newest first, as in Slack; `latest` and `oldest` are exclusive unless `inclusive`. */
  private history(args: SlackArguments): Answer {
    const channel = this.workspace.resolveChannel(args.required('channel', 'channel_not_found'), 'id');
    const limit = args.count('limit', 100, 999);
    const latest = cursorTs(args.text('cursor')) ?? args.text('latest');
    const oldest = args.text('oldest');
    const inclusive = args.flag('inclusive');
    const matching = this.workspace
      .list()
      .filter(
        ({ channel: { id }, ts, reply }) =>
          id === channel.id &&
          reply?.broadcast !== false &&
          (latest === undefined || Number(ts) < Number(latest) || (inclusive && ts === latest)) &&
          (oldest === undefined || Number(ts) > Number(oldest) || (inclusive && ts === oldest)),
      )
      .toReversed();
    const page = matching.slice(0, limit);
    const more = matching.length > page.length;
    const metadata = args.flag('include_all_metadata');
    return {
      messages: page.map((message) => messageJson(message, { metadata })),
      has_more: more,
      pin_count: 0,
      ...(more ? { response_metadata: { next_cursor: cursorBefore(page) } } : {}),
    };
  }

  private messageIn(channel: string, ts: string): Message {
    const { id } = this.workspace.resolveChannel(channel, 'id');
    const message = this.workspace.find(ts);
    if (message?.channel.id !== id) throw new SlackError('message_not_found');
    return message;
  }
}

const cursorBefore = (page: readonly Message[]) =>
  Buffer.from(`next_ts:${page.at(-1)?.ts ?? ''}`).toString('base64');

function cursorTs(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const ts = /^next_ts:(\d+\.\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1];
  if (ts === undefined) throw new SlackError('invalid_cursor');
  return ts;
}
