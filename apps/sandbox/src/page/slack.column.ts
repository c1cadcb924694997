import { html, type Html } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import type { Channel, Content } from '../slack/events';
import { WORKSPACE } from '../slack/people';
import { SocketMode } from '../slack/socket-mode';
import { Workspace, type Message, type PressRecord, type Whisper } from '../slack/workspace';
import { renderBlocks } from './block-kit';
import { clockTime, SHOWN, type Card, type Column } from './column';
import { mrkdwn } from './mrkdwn';
import { SlackDirectory } from './slack-directory';

/** Presses that are shown under a message. */
const SHOWN_PRESSES = 3;

@Injectable()
export class SlackColumn implements Column {
  readonly target = 'slack';
  readonly newest = 'last';
  readonly empty = {
    title: 'No messages yet',
    text: 'Raise a task in FlexDeploy. Countersign posts its approval here, with buttons that work.',
  };

  constructor(
    private readonly workspace: Workspace,
    private readonly directory: SlackDirectory,
    private readonly sockets: SocketMode,
  ) {}

  heading(): Html {
    const names = [...new Set(this.workspace.list().map(({ channel }) => channel.name))];
    return html`<span class="mark slack-mark" aria-hidden="true">#</span>
      <div>
        <h2>Slack</h2>
        <p>
          ${names.length > 0 ? names.map((name) => `#${name}`).join(' ') : 'the channel that approvals are posted to'}
          ${this.sockets.connected > 0 && html`<span data-testid="slack-socket">· Socket Mode</span>`}
        </p>
      </div>`;
  }

  cards(): Card[] {
    const inChannel = this.workspace.list().filter(({ reply }) => reply?.broadcast !== false);
    const messages = inChannel.slice(-SHOWN);
    const whispers = this.workspace.whispers().slice(-SHOWN);
    const cards = [
      ...messages.map((message) => ({ ts: message.ts, markup: this.message(message) })),
      ...whispers.map((whisper) => ({ ts: whisper.ts, markup: this.whisper(whisper) })),
    ];
    return cards
      .toSorted((a, b) => Number(a.ts) - Number(b.ts))
      .slice(-SHOWN)
      .map(({ ts, markup }) => ({ id: `slack-${ts.replace('.', '-')}`, markup }));
  }

  private message(message: Message): Html {
    const { ts, channel, content, reply, editedTs, presses } = message;
    const instance = instanceOf(content);
    const replies = this.workspace.replies(ts);
    return html`<article class="message" data-testid="slack-message" data-ts="${ts}">
      <div class="avatar app" aria-hidden="true">C</div>
      <div class="content">
        ${byline(ts, channel)} ${reply && html`<p class="only">replied to a thread</p>`}
        ${this.content(content, ts)}
        ${editedTs !== undefined && html`<span class="edited" data-testid="slack-edited">(edited)</span>`}
        ${
          instance !== undefined &&
          html`<a class="status-link" href="/api/status/${encodeURIComponent(instance)}" target="_blank"
            >Status of this instance ↗</a
          >`
        }
        ${presses.slice(-SHOWN_PRESSES).map(pressLine)}
        ${presses.length > SHOWN_PRESSES && html`<p class="press">… ${presses.length} presses in all</p>`}
        ${replies.length > 0 && html`<div class="thread">${replies.map((each) => this.reply(each))}</div>`}
      </div>
    </article>`;
  }

  private reply({ ts, content, editedTs, presses }: Message): Html {
    return html`<div class="reply" data-testid="slack-reply" data-ts="${ts}">
      ${byline(ts)} ${this.content(content, ts)}
      ${editedTs !== undefined && html`<span class="edited">(edited)</span>`}
      ${presses.slice(-SHOWN_PRESSES).map(pressLine)}
    </div>`;
  }

  private whisper({ ts, user, channel, content }: Whisper): Html {
    return html`<article class="message whisper" data-testid="slack-ephemeral">
      <div class="avatar app" aria-hidden="true">C</div>
      <div class="content">
        <p class="only">Only visible to ${this.directory.person(user)}</p>
        ${byline(ts, channel)} ${this.content(content, ts)}
      </div>
    </article>`;
  }

  /** As in Slack, blocks replace the text, which then serves notifications only. */
  private content({ text, blocks }: Content, ts: string): Html {
    if (blocks.length > 0) return renderBlocks(blocks, ts, this.directory);
    return html`<div class="bk-text">${mrkdwn(text, this.directory)}</div>`;
  }
}

function byline(ts: string, channel?: Channel): Html {
  const at = new Date(Number(ts) * 1000);
  return html`<p class="byline">
    <strong>${WORKSPACE.botName}</strong><span class="tag">APP</span
    ><time datetime="${at.toISOString()}">${clockTime(at)}</time>
    ${channel && html`<span class="in-channel" data-testid="slack-channel">#${channel.name}</span>`}
  </p>`;
}

function pressLine({ by, label, answer }: PressRecord): Html {
  if (answer === undefined) return html`<p class="press waiting">${by.name} pressed ${label} …</p>`;
  const { status, milliseconds, body, via } = answer;
  const good = status >= 200 && status < 300;
  const result =
    status === 0
      ? `no answer: ${body}`
      : `${via === 'socket' ? 'acknowledged over the socket' : `ingestion answered ${status}`} in ${milliseconds} ms`;
  return html`<p class="press ${good ? 'good' : 'bad'}" data-testid="slack-press">
    ${by.name} pressed ${label} →
    ${result}${!good && status !== 0 && html`<code>${body.slice(0, 300)}</code>`}
  </p>`;
}

/** The notifier names the instance in the message's metadata. */
function instanceOf({ metadata }: Content): string | undefined {
  const id = metadata?.event_payload['instanceId'] ?? metadata?.event_payload['instance_id'];
  return typeof id === 'string' ? id : undefined;
}
