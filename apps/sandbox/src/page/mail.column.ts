import { html, type Html } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import type { Mail } from '../mail/events';
import { Mailbox } from '../mail/mailbox';
import { clockTime, SHOWN, type Card, type Column } from './column';
import { isWebLink } from './mrkdwn';

@Injectable()
export class MailColumn implements Column {
  readonly target = 'mail';
  readonly newest = 'first';
  readonly empty = {
    title: 'No mail yet',
    text: 'Approvals that go by e-mail arrive here. Each links to the page on which it is decided.',
  };

  constructor(private readonly mailbox: Mailbox) {}

  heading(): Html {
    const readers = [...new Set(this.mailbox.list().map(({ to }) => to))];
    return html`<span class="mark" aria-hidden="true">✉</span>
      <div>
        <h2>Mail</h2>
        <p>${readers.length > 0 ? readers.join(', ') : 'what is sent by e-mail'}</p>
      </div>`;
  }

  /** One for each thread, the newest first. */
  cards(): Card[] {
    const threads = Map.groupBy(this.mailbox.list().toReversed(), threadOf);
    return [...threads].slice(0, SHOWN).map(([thread, newestFirst]) => ({
      id: `mail-${Buffer.from(thread).toString('base64url')}`,
      markup: html`<article class="letters">
        ${withoutRepeats(newestFirst.toReversed()).map(mailCard)}
      </article>`,
    }));
  }
}

/** The message that started it (RFC 5322, section 3.6.4). */
const threadOf = ({ id, messageId, inReplyTo, references }: Mail): string =>
  references?.split(/\s+/)[0] ?? inReplyTo ?? messageId ?? id;

/** Mail programs show a message once, however often it came. */
const withoutRepeats = (mails: readonly Mail[]) =>
  mails.filter(
    ({ messageId }, i) =>
      messageId === undefined || mails.findIndex((other) => other.messageId === messageId) === i,
  );

function mailCard({ at, from, fromName, to, subject, text }: Mail): Html {
  return html`<section class="letter" data-testid="mail">
    <header>
      <strong class="subject">${subject}</strong>
      <time datetime="${at}">${clockTime(new Date(at))}</time>
      <p class="facts">${fromName ?? from} to ${to}</p>
    </header>
    <p class="letter-text">${withLinks(text.trim())}</p>
  </section>`;
}

const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/;

/** The pieces at odd places are the addresses. */
const withLinks = (text: string): Html[] =>
  text
    .split(LINK)
    .map((piece, i) =>
      i % 2 === 1 && isWebLink(piece)
        ? html`<a href="${piece}" target="_blank" rel="noopener noreferrer">${piece}</a>`
        : html`${piece}`,
    );
