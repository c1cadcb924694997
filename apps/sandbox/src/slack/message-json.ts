import { WORKSPACE } from './people';
import type { Message } from './workspace';

/** A message as Slack's API and its interactivity payloads show it. */
export function messageJson(message: Message, { metadata }: { metadata: boolean }): Record<string, unknown> {
  const { content, ts, editedTs, reply } = message;
  return {
    type: 'message',
    user: WORKSPACE.botUser,
    bot_id: WORKSPACE.bot,
    app_id: WORKSPACE.app,
    team: WORKSPACE.team,
    ts,
    text: content.text,
    blocks: content.blocks,
    ...(reply && { thread_ts: reply.threadTs }),
    ...(editedTs === undefined ? {} : { edited: { user: WORKSPACE.botUser, ts: editedTs } }),
    ...(metadata && content.metadata ? { metadata: content.metadata } : {}),
  };
}
