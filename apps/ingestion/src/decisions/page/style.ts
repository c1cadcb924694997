import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; --ink: #16202b; --soft: #5b6875; --line: #dfe4ea; --paper: #fff;
  --back: #f2f4f7; --go: #12805c; --stop: #c0343c; --calm: #3b5bdb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --soft: #9aa7b4; --line: #2c3641;
  --paper: #161d25; --back: #0d1218; --go: #1f9d74; --stop: #d9535b; --calm: #7c93f5; } }
* { box-sizing: border-box; margin: 0; }
body { min-height: 100vh; padding: 6vh 1rem 3rem; background: var(--back); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 36rem; margin: 0 auto; background: var(--paper); border: 1px solid var(--line);
  border-top: 4px solid var(--tone); border-radius: 12px; padding: 2rem;
  box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 12px 32px rgb(0 0 0 / .07); }
main, .badge { --tone: var(--calm); }
.approved, .approved .badge { --tone: var(--go); }
.rejected, .rejected .badge { --tone: var(--stop); }
.closed, .closed .badge { --tone: var(--soft); }
.badge { display: inline-block; font-size: .75rem; font-weight: 650; letter-spacing: .06em;
  text-transform: uppercase; color: var(--tone); }
h1 { font-size: 1.35rem; line-height: 1.35; margin: .35rem 0 .5rem; white-space: pre-wrap;
  overflow-wrap: anywhere; font-weight: 650; }
p { color: var(--soft); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.25rem; margin: 1.25rem 0;
  padding: 1rem 0; border: solid var(--line); border-width: 1px 0; }
dt { color: var(--soft); }
dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
dd.fact { white-space: pre-wrap; }
small { font-size: inherit; color: var(--soft); white-space: nowrap; }
.outcome { margin-top: 1rem; padding: .75rem 1rem; color: var(--ink); border-left: 3px solid var(--tone); border-radius: 0 8px 8px 0;
  background: var(--back); }
label { display: block; margin-top: 1rem; font-size: .875rem; font-weight: 600; }
label span { font-weight: 400; color: var(--soft); }
input, textarea { width: 100%; margin-top: .3rem; padding: .6rem .75rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--line); border-radius: 8px; resize: vertical; }
.buttons { display: flex; gap: .75rem; margin-top: 1.5rem; }
button { flex: 1; padding: .8rem 1rem; font: inherit; font-weight: 650; border-radius: 8px; cursor: pointer;
  border: 1px solid transparent; }
button[value=approve] { background: var(--go); color: #fff; }
button[value=reject] { background: transparent; color: var(--stop); border-color: var(--stop); }
button:hover { filter: brightness(1.08); }
button[value=reject]:hover { background: var(--stop); color: #fff; }
:focus-visible { outline: 3px solid var(--calm); outline-offset: 2px; }
footer { max-width: 36rem; margin: 1rem auto 0; text-align: center; font-size: .8125rem; color: var(--soft); }
`;

/** The page's whole style: no external resource is ever asked for. */
export const STYLE_ELEMENT = `<style>${STYLE}</style>`;

/** Names the style in the policy, to the byte. */
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** What a browser may do with the page beside what it may with every answer: show it, and post its own form back. */
export const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-robots-tag': 'noindex, nofollow',
} as const;
