import { shortened, type Subject } from '@countersign/contracts';
import { type Html, html } from '@countersign/service';

/** A message without its address: what nodemailer calls by these names. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** What a letter says, in this order. */
export interface LetterContent {
  readonly title: string;
  readonly subject: Subject;
  readonly sentences: readonly string[];
  readonly link?: { readonly label: string; readonly url: string };
  /** In small letters below. */
  readonly remark: string;
}

/** Longest line about what it is, in characters: more than that is not shown in a list of messages. */
const LINE = 150;

/** The line by which people find it. All messages of one approval have the same, so that clients put them together. */
export const subjectOf = ({ description }: Subject): string => `Approval needed: ${oneLine(description)}`;

/** Without line ends and other characters that are not seen: a header is one line. */
function oneLine(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ +/g, ' ')
    .trim();
  return shortened(line, LINE);
}

export function letterOf(subject: string, content: LetterContent): Letter {
  return { subject, text: textOf(content), html: htmlOf(content).text };
}

function textOf({ title, subject, sentences, link, remark }: LetterContent): string {
  const parts = [
    title,
    subject.description,
    subject.facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    sentences.join('\n'),
    ...(link ? [`${link.label}: ${link.url}`] : []),
    remark,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const FONT = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif;color:#1d1c1d;line-height:1.5';
const BUTTON =
  'display:inline-block;padding:10px 24px;border-radius:6px;background:#0b57d0;color:#ffffff;text-decoration:none';

/** Styles are in the elements: most mail programs read no others. */
const htmlOf = ({ title, subject, sentences, link, remark }: LetterContent): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
      </head>
      <body style="${FONT}">
        <h2 style="margin:0 0 12px">${title}</h2>
        <p style="white-space:pre-wrap">${subject.description}</p>
        <table style="border-collapse:collapse">
          ${subject.facts.map(factRow)}
        </table>
        ${sentences.map((sentence) => html`<p style="margin:8px 0;white-space:pre-wrap">${sentence}</p>`)}
        ${link && html`<p style="margin:20px 0"><a href="${link.url}" style="${BUTTON}">${link.label}</a></p>`}
        <p style="color:#616061;font-size:13px">${remark}</p>
      </body>
    </html> `;

const factRow = ({ label, value }: Subject['facts'][number]): Html =>
  html`<tr>
    <th style="text-align:left;vertical-align:top;padding:2px 16px 2px 0">${label}</th>
    <td style="white-space:pre-wrap">${value}</td>
  </tr>`;
