import { CodedError, TerminalError } from '@countersign/workflow';
import { WebAPIHTTPError, WebAPIPlatformError } from '@slack/web-api';

const TOKEN = 'Check SLACK_BOT_TOKEN, and that the app is installed in the workspace.';
const CHANNEL = 'Check SLACK_CHANNEL, and invite the app to that channel.';
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
  missing_scope: 'Give the Slack app the scopes chat:write and channels:history, and install it again.',
  no_permission: 'Give the Slack app the scopes chat:write and channels:history, and install it again.',
  channel_not_found: CHANNEL,
  not_in_channel: CHANNEL,
  is_archived: CHANNEL,
  restricted_action: 'The workspace does not let apps post there; ask its administrators.',
  cant_update_message: 'Only the app that posted a message may change it: has SLACK_BOT_TOKEN changed?',
  edit_window_closed: 'The workspace does not let messages of this age be changed.',
  message_not_found: 'The message was deleted in Slack.',
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

/** Whether Slack has given this answer, by its name for it. */
export const saysSlack = (error: unknown, answer: string): boolean =>
  error instanceof TerminalError &&
  error.cause instanceof WebAPIPlatformError &&
  error.cause.data.error === answer;

const unavailable = (method: string, why: string, cause: unknown): CodedError =>
  new CodedError('SlackUnavailable', `Slack could not do ${method}: ${why}`, { cause, retryable: true });
