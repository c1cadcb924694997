import { CodedError, TerminalError } from '@countersign/workflow';
import { WebAPIHTTPError, WebAPIPlatformError } from '@slack/web-api';

const TOKEN = 'Check SLACK_BOT_TOKEN, and that the app is installed in the workspace.';
const CHANNEL = 'Check the channel (SLACK_CHANNEL, or what the approval names), and invite the app to it.';
const SCOPES =
  'Give the Slack app the scopes chat:write, channels:history and, for user groups, usergroups:read, and install it again.';
const TRIGGER = 'Slack lets a dialog be opened within three seconds of a click.';
const USED_TRIGGER = 'Slack lets one dialog be opened for each click.';
const MESSAGE = 'Slack does not take this message as it is.';

/** Slack's answers that stay the same until somebody changes something, and what that is. */
const ADVICE: Readonly<Record<string, string>> = {
  invalid_auth: TOKEN,
  not_authed: TOKEN,
  token_revoked: TOKEN,
  token_expired: TOKEN,
  account_inactive: TOKEN,
  access_denied: TOKEN,
  not_allowed_token_type: TOKEN,
  missing_scope: SCOPES,
  no_permission: SCOPES,
  channel_not_found: CHANNEL,
  not_in_channel: CHANNEL,
  is_archived: CHANNEL,
  restricted_action: 'The workspace does not let apps post there; ask its administrators.',
  cant_update_message: 'Only the app that posted a message may change it: has SLACK_BOT_TOKEN changed?',
  edit_window_closed: 'The workspace does not let messages of this age be changed.',
  message_not_found: 'The message was deleted in Slack.',
  thread_not_found: 'The message was deleted in Slack.',
  user_not_in_channel: 'The person is not in that channel.',
  no_such_subteam: 'The approval names a user group that the workspace does not have; it must be an id (S…).',
  plan_upgrade_required: 'User groups need a paid Slack plan; name the approvers one by one.',
  expired_trigger_id: TRIGGER,
  trigger_expired: TRIGGER,
  exchanged_trigger_id: USED_TRIGGER,
  trigger_exchanged: USED_TRIGGER,
  invalid_trigger_id: TRIGGER,
  invalid_trigger: TRIGGER,
  invalid_blocks: MESSAGE,
  invalid_blocks_format: MESSAGE,
  invalid_arguments: MESSAGE,
  invalid_metadata_format: MESSAGE,
  metadata_too_large: MESSAGE,
  msg_too_long: MESSAGE,
  msg_blocks_too_long: MESSAGE,
  no_text: MESSAGE,
};

/** Turns what the Web API client throws into errors of ours: `SlackRefused` for good, `SlackUnavailable` to try again. */
export function slackError(method: string, cause: unknown): CodedError {
  if (cause instanceof WebAPIPlatformError) {
    const { error, response_metadata } = cause.data;
    const said = [error, ...(response_metadata?.messages ?? [])].join(' ').slice(0, 500);
    const advice = ADVICE[error];
    if (advice !== undefined)
      return new TerminalError('SlackRefused', `Slack refused ${method}: ${said}. ${advice}`, {
        cause,
        details: { error },
      });
    return unavailable(method, said, cause);
  }
  if (cause instanceof WebAPIHTTPError)
    return unavailable(method, `HTTP ${cause.statusCode} (SLACK_API_URL may be wrong)`, cause);
  return unavailable(method, cause instanceof Error ? cause.message : String(cause), cause);
}

/** Whether Slack has given one of these answers, by its names for them. */
export const saysSlack = (error: unknown, ...answers: readonly string[]): boolean =>
  error instanceof TerminalError &&
  error.cause instanceof WebAPIPlatformError &&
  answers.includes(error.cause.data.error);

const unavailable = (method: string, why: string, cause: unknown): CodedError =>
  new CodedError('SlackUnavailable', `Slack could not do ${method}: ${why}`, { cause, retryable: true });
