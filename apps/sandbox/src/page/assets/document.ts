import { html, type Html } from '@countersign/service';
import { FAULT_MODES, type FaultMode } from '../../control/fault-board';
import { handleOf, PEOPLE } from '../../slack/people';
import type { Column } from '../column';

const FAULT_LABELS: Record<FaultMode, { label: string; title: string }> = {
  off: { label: 'works', title: 'Works normally' },
  down: { label: 'is down', title: 'Connections are cut' },
  error: { label: 'fails', title: 'Every call is answered by an error of the server' },
  slow: { label: 'is slow', title: 'Every call takes three seconds longer' },
  'rate-limit': { label: 'limits the rate', title: 'Every call is told to come again later' },
  unauthorized: { label: 'refuses access', title: 'Every credential is refused' },
};
const FAULT_ORDER: readonly FaultMode[] = ['off', ...FAULT_MODES.filter((mode) => mode !== 'off')];
/** Seconds. */
const DURATIONS = [
  { seconds: '', label: 'until switched off' },
  { seconds: '10', label: 'for 10 seconds' },
  { seconds: '60', label: 'for 1 minute' },
  { seconds: '600', label: 'for 10 minutes' },
];

/** The page before its first event: everything but cards. */
export function document(columns: readonly Column[]): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Countersign sandbox</title>
        <link
          rel="icon"
          href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='9' fill='%230d9488'/%3E%3Cpath d='M9 17l5 5 9-11' fill='none' stroke='white' stroke-width='3.5' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E"
        />
        <link rel="stylesheet" href="/sandbox/page.css" />
        <script src="/sandbox/page.js" defer></script>
      </head>
      <body>
        <header class="top">
          <div class="brand">
            <svg viewBox="0 0 32 32" width="34" height="34" aria-hidden="true">
              <rect width="32" height="32" rx="9" fill="#0d9488" />
              <path
                d="M9 17l5 5 9-11"
                fill="none"
                stroke="white"
                stroke-width="3.5"
                stroke-linecap="round"
                stroke-linejoin="round"
              />
            </svg>
            <div>
              <h1>Countersign sandbox <span class="live" id="live" data-testid="live">connecting</span></h1>
              <p>
                Stand-ins for Slack, FlexDeploy, Firebase Cloud Messaging and a mail server: the real product
                can be tried and tested without an account at any of them.
              </p>
            </div>
          </div>
          <div class="tools">
            <label class="people"
              >You are
              <select id="person" data-testid="person">
                ${PEOPLE.map(
                  (person) =>
                    html`<option
                      value="${person.id}"
                      data-name="${person.name}"
                      data-handle="${handleOf(person)}"
                    >
                      ${person.name}
                    </option>`,
                )}
              </select></label
            >
            <button
              type="button"
              class="quiet"
              data-do="reset"
              data-testid="reset"
              title="Forgets every message, task, push and mail of the sandbox"
            >
              Reset
            </button>
          </div>
        </header>
        <ol class="path" aria-label="How it goes">
          <li>
            <span><b>Raise a task</b> in FlexDeploy</span>
          </li>
          <li>
            <span>Countersign <b>posts it to Slack</b></span>
          </li>
          <li>
            <span><b>Approve or reject</b> it there</span>
          </li>
          <li>
            <span>FlexDeploy <b>gets the decision</b>, once</span>
          </li>
        </ol>
        <main>${columns.map(columnShell)}</main>
        <dialog class="dialog" id="dialog"></dialog>
        <div class="toasts" id="toasts" role="status" aria-live="polite"></div>
      </body>
    </html>`;
}

function columnShell({ target, form, empty, newest }: Column): Html {
  return html`<section
    class="column ${target}"
    id="column-${target}"
    data-newest="${newest}"
    data-testid="column-${target}"
  >
    <div class="column-head" data-part="heading"></div>
    <div class="faults" data-do="fault" role="group" aria-label="Failure on demand" data-target="${target}">
      <select
        aria-label="Failure on demand"
        title="Failure on demand"
        data-part="mode"
        data-testid="fault-${target}"
      >
        ${FAULT_ORDER.map(
          (mode) =>
            html`<option value="${mode}" title="${FAULT_LABELS[mode].title}">
              ${FAULT_LABELS[mode].label}
            </option>`,
        )}
      </select>
      <select aria-label="How long a failure lasts" data-part="seconds">
        ${DURATIONS.map(({ seconds, label }) => html`<option value="${seconds}">${label}</option>`)}
      </select>
      <span class="left" data-part="left" data-testid="fault-${target}-left"></span>
    </div>
    ${form}
    <div class="cards" data-part="cards" data-testid="cards-${target}"></div>
    <template data-part="empty"
      ><div class="empty">
        <strong>${empty.title}</strong>
        <p>${empty.text}</p>
      </div></template
    >
  </section>`;
}
