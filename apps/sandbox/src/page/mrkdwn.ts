/**
 * Slack's text markup as HTML (docs.slack.dev/messaging/formatting-message-text).
 *
 * Texts come from users. Every piece is escaped exactly once, on its way out: no markup of theirs
 * survives, and links lead to http(s) only.
 */
import { escapeHtml, Html, html } from '@countersign/service';
import { dateText } from './slack-date';

/** What only the workspace knows: names of people and channels. */
export interface Directory {
  person(id: string): string;
  channel(id: string): string;
  group(id: string): string;
}

const EMOJI: Readonly<Record<string, string>> = {
  white_check_mark: '✅',
  heavy_check_mark: '✔️',
  x: '❌',
  no_entry: '⛔',
  no_entry_sign: '🚫',
  warning: '⚠️',
  rotating_light: '🚨',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  alarm_clock: '⏰',
  stopwatch: '⏱️',
  clock3: '🕒',
  calendar: '📅',
  bell: '🔔',
  lock: '🔒',
  key: '🔑',
  link: '🔗',
  rocket: '🚀',
  package: '📦',
  tada: '🎉',
  eyes: '👀',
  memo: '📝',
  bust_in_silhouette: '👤',
  information_source: 'ℹ️',
  large_green_circle: '🟢',
  large_yellow_circle: '🟡',
  red_circle: '🔴',
  arrows_counterclockwise: '🔄',
  leftwards_arrow_with_hook: '↩️',
  thumbsup: '👍',
  thumbsdown: '👎',
};

/** Stands in the text for a piece that is finished; from the private use area, so not in anybody's text. */
const SLOT = '\uE000';
/** Code first, since nothing in it is markup; then what stands in angle brackets. */
const TOKENS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>/g;

export function mrkdwn(text: string, directory: Directory): Html {
  const slots: string[] = [];
  const keep = (markup: Html) => `${SLOT}${slots.push(markup.text) - 1}${SLOT}`;
  const withSlots = text
    .replaceAll(SLOT, '')
    .replace(TOKENS, (_all, pre?: string, code?: string, token?: string) => {
      if (pre !== undefined) return keep(html`<pre>${unescapeEntities(pre)}</pre>`);
      if (code !== undefined) return keep(html`<code>${unescapeEntities(code)}</code>`);
      return keep(angle(token ?? '', directory));
    });
  const styled = lines(styles(emoji(escapeHtml(unescapeEntities(withSlots)))));
  return new Html(fill(styled, slots));
}

/** Plain text: emoji and line breaks, no other markup. */
export function plainText(text: string): Html {
  return new Html(emoji(escapeHtml(unescapeEntities(text))).replaceAll('\n', '<br>'));
}

/** Slack's own three entities; apps must write these characters so. */
export function unescapeEntities(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function fill(markup: string, slots: readonly string[]): string {
  return markup.replace(/\uE000(\d+)\uE000/g, (_all, index: string) => slots[Number(index)] ?? '');
}

function emoji(text: string): string {
  return text.replace(/:([a-z0-9_+-]+):/g, (all, name: string) =>
    Object.hasOwn(EMOJI, name) ? (EMOJI[name] ?? all) : all,
  );
}

function styles(text: string): string {
  return [
    ['\\*', 'strong'],
    ['_', 'em'],
    ['~', 's'],
  ].reduce((result, [mark, tag]) => {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}${mark}])${mark}(?=\\S)([^\\n${mark}]*?\\S)${mark}(?![\\p{L}\\p{N}${mark}])`,
      'gu',
    );
    return result.replace(pattern, `<${tag}>$1</${tag}>`);
  }, text);
}

function lines(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      /^&gt; ?/.test(line) ? `<blockquote>${line.replace(/^&gt; ?/, '')}</blockquote>` : `${line}<br>`,
    )
    .join('')
    .replace(/(<br>)+$/, '');
}

/** What stands between angle brackets: a link, a mention, a date. */
function angle(token: string, directory: Directory): Html {
  const [target = '', label] = splitOnce(token, '|');
  const shown = label === undefined ? undefined : unescapeEntities(label);
  if (target.startsWith('@'))
    return html`<span class="mention">@${shown ?? directory.person(target.slice(1))}</span>`;
  if (target.startsWith('#'))
    return html`<span class="mention">#${shown ?? directory.channel(target.slice(1))}</span>`;
  if (target.startsWith('!date^')) return html`<time>${dateText(target, shown)}</time>`;
  if (target.startsWith('!subteam^'))
    return html`<span class="mention">@${shown ?? directory.group(target.slice('!subteam^'.length))}</span>`;
  if (target.startsWith('!')) return html`<span class="mention">@${shown ?? target.slice(1)}</span>`;
  const url = unescapeEntities(target);
  if (!isWebLink(url)) return html`&lt;${unescapeEntities(token)}&gt;`;
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${shown ?? url}</a>`;
}

export function isWebLink(url: string): boolean {
  return /^https?:\/\//i.test(url) && URL.canParse(url);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
