/** Text for Slack's mrkdwn. Source: https://docs.slack.dev/messaging/formatting-message-text */

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const CUT = '… (shortened)';

/** Makes a text harmless: without it `<!channel>` in a description would call everybody. */
export const escape = (text: string): string => text.replace(/[&<>]/g, (char) => ENTITIES[char] ?? char);

/** What names somebody or a user group, as our own words to one person do. */
const MENTION = /<(?:@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+)>/;
const MENTION_OR_MARK = new RegExp(`${MENTION.source}|[&<>]`, 'g');

/** The same, with people and user groups still named. */
export const escapeExceptMentions = (text: string): string =>
  text.replace(MENTION_OR_MARK, (part) => ENTITIES[part] ?? part);

/** The escaped text, visibly shortened where it would take more than `limit` characters. */
export function fit(text: string, limit: number): string {
  const whole = escape(text);
  if (whole.length <= limit) return whole;
  let kept = '';
  for (const char of text) {
    const next = escape(char);
    if (kept.length + next.length + CUT.length > limit) break;
    kept += next;
  }
  return kept + CUT;
}

/** A time in the reader's own time zone, in UTC where Slack cannot tell. */
export function time(iso: string): string {
  const at = new Date(iso);
  const utc = `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return `<!date^${Math.floor(at.getTime() / 1000)}^{date_short_pretty} {time}|${utc}>`;
}
