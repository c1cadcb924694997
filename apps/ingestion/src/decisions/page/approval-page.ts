import type { Subject } from '@countersign/contracts';
import { answerOf, type OpenApproval, readableTime, timeLeft, type Verdict } from '@countersign/decisions';
import { html, Html } from '@countersign/service';
import { STYLE_ELEMENT } from './style';

/** Longest name and reason that the form takes, in characters. */
const MAX_NAME = 200;
const MAX_REASON = 2000;

type Tone = 'waiting' | 'approved' | 'rejected' | 'closed';

/** The page that asks. `now` is in milliseconds. */
export function openPage(approval: OpenApproval, now: number): string {
  const mustSayWhy = approval.reasonOnReject === true;
  return layout({
    title: 'Approval requested',
    tone: 'waiting',
    footer: 'Countersign · Keep this link to yourself: whoever has it can decide.',
    body: html`
      ${badge('Approval requested')}
      ${subjectPart(
        approval.subject,
        html`<dt>Decide before</dt>
          <dd data-testid="due">
            <time datetime="${approval.dueAt}">${readableTime(approval.dueAt)}</time>
            <small>${timeLeft(approval.dueAt, now)}</small>
          </dd>
          ${progressPart(approval)}`,
      )}
      <form method="post" data-testid="form">
        <button hidden disabled>The Enter key decides nothing</button>
        <label>
          Your name <span>(optional)</span>
          <input name="by" maxlength="${MAX_NAME}" autocomplete="name" data-testid="by" />
        </label>
        <label>
          Reason <span>(${mustSayWhy ? 'needed to reject' : 'optional'})</span>
          <textarea
            name="reason"
            rows="2"
            maxlength="${MAX_REASON}"
            data-testid="reason"
            ${mustSayWhy ? REQUIRED : undefined}
          ></textarea>
        </label>
        <div class="buttons">
          <button name="action" value="approve" data-testid="approve" formnovalidate>Approve</button>
          <button name="action" value="reject" data-testid="reject">Reject</button>
        </div>
      </form>
    `,
  });
}

/** Of the reason: the browser asks for it, except where the button says `formnovalidate`. */
const REQUIRED = html`required`;

/** Who has approved so far, where one alone does not decide. */
function progressPart({ quorum = 1, votes = [] }: OpenApproval): Html | undefined {
  if (quorum < 2) return undefined;
  const names = votes.map(({ by }) => by.name).join(', ');
  return html`<dt>Approvals</dt>
    <dd data-testid="progress">${votes.length} of ${quorum} ${names && html`<small>${names}</small>`}</dd>`;
}

/** The page that tells what became of a decision, or why none can be taken. */
export function verdictPage(verdict: Verdict): string {
  const { title, text } = answerOf(verdict);
  return closedPage(title, text, toneOf(verdict), 'subject' in verdict ? verdict.subject : undefined);
}

/** The page for a request that could not be handled. */
export const problemPage = (title: string, text: string): string => closedPage(title, text, 'closed');

const closedPage = (title: string, text: string, tone: Tone, subject?: Subject): string =>
  layout({
    title,
    tone,
    body: html`
      ${subject === undefined ? html`<h1>${title}</h1>` : html`${badge(title)} ${subjectPart(subject)}`}
      <p class="outcome" data-testid="outcome">${text}</p>
    `,
  });

const badge = (text: string): Html => html`<span class="badge" data-testid="badge">${text}</span>`;

function toneOf(verdict: Verdict): Tone {
  if (verdict.kind === 'stored' || verdict.kind === 'counted') return 'waiting';
  if (verdict.kind !== 'decided' && verdict.kind !== 'used') return 'closed';
  return verdict.action === undefined ? 'closed' : verdict.action === 'approve' ? 'approved' : 'rejected';
}

function subjectPart({ description, facts }: Subject, due?: Html): Html {
  const rows = facts.map(
    ({ label, value }) =>
      html`<dt>${label}</dt>
        <dd class="fact">${value}</dd>`,
  );
  const all = due === undefined ? rows : [...rows, due];
  return html`
    <h1 data-testid="description">${description}</h1>
    ${all.length > 0 ? html`<dl data-testid="facts">${all}</dl>` : undefined}
  `;
}

interface Page {
  readonly title: string;
  readonly tone: Tone;
  readonly body: Html;
  readonly footer?: string;
}

const layout = ({ title, tone, body, footer = 'Countersign' }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Countersign</title>
        ${new Html(STYLE_ELEMENT)}
      </head>
      <body>
        <main class="${tone}" data-testid="approval-page">${body}</main>
        <footer>${footer}</footer>
      </body>
    </html>`.text;
