import type { View } from './events';
import { WORKSPACE } from './people';

/** What was typed, by block and by element. */
export type ViewValues = Readonly<
  Record<string, Readonly<Record<string, { type: string; value: string | null }>>>
>;

/** A dialog as Slack's API and its interactivity payloads show it. */
export function viewJson({ id, definition }: View, values: ViewValues = {}): Record<string, unknown> {
  return {
    id,
    team_id: WORKSPACE.team,
    app_id: WORKSPACE.app,
    bot_id: WORKSPACE.bot,
    close: null,
    submit: null,
    callback_id: '',
    private_metadata: '',
    clear_on_close: false,
    notify_on_close: false,
    ...definition,
    state: { values },
    hash: `${id}.hash`,
    external_id: '',
    previous_view_id: null,
    root_view_id: id,
  };
}
