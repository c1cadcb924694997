export const styles = `
:root {
  --bg: #f4f5f7; --panel: #ffffff; --ink: #1d1c1d; --soft: #616061; --line: #dfe1e6; --raised: #f8f8f8;
  --accent: #0d9488; --good: #007a5a; --bad: #d1345b; --warn: #b7791f; --link: #1264a3;
  --slack: #4a154b; --flexdeploy: #0b4f8a; --fcm: #9a4a0b; --mail: #235a4c; --good-bg: #e3f5ee; --bad-bg: #fdeaef; --warn-bg: #fdf3dc;
  --shadow: 0 1px 2px rgb(9 30 66 / 8%), 0 4px 16px rgb(9 30 66 / 6%);
  color-scheme: light;
}
@media (prefers-color-scheme: dark) {
  :root {
    --bg: #101214; --panel: #1a1d21; --ink: #e8e8e8; --soft: #a3a6aa; --line: #33373d; --raised: #22262b;
    --accent: #2dd4bf; --good: #4cc9a0; --bad: #ff7d9c; --warn: #f0c060; --link: #6cb8f0;
    --slack: #3f1140; --flexdeploy: #0c3f6d; --fcm: #6e3509; --mail: #1b4439; --good-bg: #12342a; --bad-bg: #3b1822; --warn-bg: #3a2e12;
    --shadow: 0 1px 2px rgb(0 0 0 / 40%);
    color-scheme: dark;
  }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body {
  display: flex; flex-direction: column; gap: 12px; padding: 16px 20px;
  background: var(--bg); color: var(--ink);
  font: 15px/1.46 system-ui, -apple-system, 'Segoe UI', 'Noto Sans', Lato, Roboto, sans-serif;
}
h1, h2, h3, p, ul, ol, fieldset { margin: 0; padding: 0; border: 0; }
ul, ol { list-style: none; }
a { color: var(--link); text-underline-offset: 2px; }
button, input, select { font: inherit; color: inherit; }
button { cursor: pointer; }
button:disabled { opacity: .55; cursor: progress; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

.top { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 12px 24px; }
.brand { display: flex; gap: 12px; align-items: center; flex: 1 1 26rem; }
.brand svg { flex: none; }
.brand h1 { font-size: 19px; line-height: 1.3; letter-spacing: -.01em; }
.brand p { color: var(--soft); max-width: 76ch; }
.live { font-size: 12px; font-weight: 600; color: var(--warn); margin-left: 8px; vertical-align: 2px; }
.live::before { content: ''; display: inline-block; width: 8px; height: 8px; border-radius: 50%; background: currentcolor; margin-right: 5px; }
.live[data-state='on'] { color: var(--good); }
.live[data-state='off'] { color: var(--bad); }
.tools { display: flex; align-items: center; gap: 12px; flex-wrap: wrap; }
.people { font-size: 13px; color: var(--soft); background: var(--panel); border: 1px solid var(--line); border-radius: 999px; padding: 4px 8px 4px 14px; }
.people select { border: 0; background: none; color: var(--ink); font-weight: 600; margin-left: 4px; max-width: 12rem; }
.people option { background: var(--panel); }
.avatar { flex: none; display: inline-grid; place-items: center; width: 26px; height: 26px; border-radius: 50%; color: #fff; font-size: 11px; font-weight: 700; }
.avatar.app { width: 36px; height: 36px; border-radius: 8px; background: #0d9488; font-size: 18px; }
.quiet { background: none; border: 1px solid var(--line); border-radius: 8px; padding: 5px 12px; font-size: 13px; color: var(--soft); }
.quiet:hover { background: var(--panel); color: var(--ink); }

.path { display: flex; flex-wrap: wrap; gap: 6px 28px; counter-reset: step; font-size: 13px; color: var(--soft); }
.path li { counter-increment: step; position: relative; display: flex; align-items: center; gap: .35em; }
.path li::before { content: counter(step); display: grid; place-items: center; width: 20px; height: 20px; border-radius: 50%; background: var(--accent); color: var(--bg); font-size: 11px; font-weight: 700; margin-right: 3px; }
.path li + li::after { content: '›'; position: absolute; left: -17px; font-size: 16px; }
.path b { color: var(--ink); font-weight: 600; }

main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(0, 1.3fr) repeat(3, minmax(0, 1fr)); gap: 14px; }
.column { display: flex; flex-direction: column; min-height: 0; background: var(--panel); border: 1px solid var(--line); border-radius: 14px; overflow: hidden; box-shadow: var(--shadow); }
.column-head { display: flex; align-items: center; gap: 12px; padding: 10px 16px; color: #fff; min-height: 62px; }
.slack .column-head { background: var(--slack); }
.flexdeploy .column-head { background: var(--flexdeploy); }
.fcm .column-head { background: var(--fcm); }
.mail .column-head { background: var(--mail); }
.column-head h2 { font-size: 16px; line-height: 1.25; }
.column-head p { font-size: 13px; opacity: .85; }
.mark { display: grid; place-items: center; width: 34px; height: 34px; border-radius: 9px; background: rgb(255 255 255 / 16%); font-weight: 800; font-size: 18px; }
.column-head > div:not(.mark) { min-width: 0; flex: 1; }
.column-head p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.column-head > [data-part='heading'] { display: contents; }
.faults { display: flex; align-items: center; gap: 4px; padding: 4px 14px; border-bottom: 1px solid var(--line); background: var(--raised); font-size: 12.5px; color: var(--soft); }
.faults select { border: 1px solid transparent; border-radius: 999px; background: none; color: inherit; font-size: inherit; padding: 2px 4px; min-width: 0; }
.faults select:hover { border-color: var(--line); }
.faults select option { background: var(--panel); color: var(--ink); }
.faults [data-part='mode'] { font-weight: 600; color: var(--good); }
.column[data-fault]:not([data-fault='off']) .faults { background: var(--bad-bg); }
.column[data-fault]:not([data-fault='off']) .faults [data-part='mode'] { color: var(--bad); }
.column[data-fault='off'] .faults [data-part='seconds'] { opacity: .75; }
.faults .left { margin-left: auto; white-space: nowrap; }
.faults .left:not(:empty) { color: var(--bad); font-weight: 600; font-variant-numeric: tabular-nums; }
.column:not([data-fault='off'])[data-fault] { border-color: var(--bad); }
.cards { flex: 1; overflow-y: auto; padding: 8px 0; min-height: 12rem; }
.empty { margin: 12vh auto 0; max-width: 34ch; text-align: center; color: var(--soft); padding: 0 16px; }
.empty strong { color: var(--ink); }

.message { display: flex; gap: 10px; padding: 10px 16px; }
.message:hover { background: var(--raised); }
.content { min-width: 0; flex: 1; overflow-wrap: anywhere; }
.byline { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 6px; line-height: 1.4; }
.byline time { font-size: 12px; color: var(--soft); }
.tag { white-space: nowrap; font-size: 10px; font-weight: 700; background: var(--line); color: var(--soft); border-radius: 3px; padding: 0 4px; align-self: center; }
.edited, .only { font-size: 12.5px; color: var(--soft); }
.whisper { background: var(--warn-bg); }
.in-channel { margin-left: auto; overflow-wrap: normal; white-space: nowrap; font-size: 12px; color: var(--soft); background: var(--raised); border-radius: 999px; padding: 0 8px; }
.thread { margin-top: 8px; padding-left: 12px; border-left: 2px solid var(--line); display: grid; gap: 8px; }
.dialog { border: 1px solid var(--line); border-radius: 12px; padding: 0; width: min(520px, calc(100vw - 24px)); background: var(--panel); color: var(--ink); box-shadow: var(--shadow); }
.dialog::backdrop { background: rgb(0 0 0 / 50%); }
.dialog header { display: flex; gap: 10px; align-items: center; padding: 14px 20px; border-bottom: 1px solid var(--line); }
.dialog header .mark { background: var(--slack); color: #fff; }
.dialog h2 { font-size: 18px; }
.dialog .content { padding: 12px 20px; }
.dialog footer { display: flex; justify-content: flex-end; gap: 8px; padding: 12px 20px 16px; }
.bk-input { margin: 10px 0; }
.bk-input label { display: block; font-weight: 700; margin-bottom: 4px; }
.bk-input i { font-weight: 400; color: var(--soft); }
.bk-input input, .bk-input textarea { width: 100%; border: 1px solid var(--line); border-radius: 8px; padding: 8px 10px; background: var(--bg); color: var(--ink); font: inherit; resize: vertical; }
.hint { font-size: 12.5px; color: var(--soft); }
.fault:not(:empty) { color: var(--bad); font-size: 13px; font-weight: 600; margin-top: 4px; }
.status-link { display: block; font-size: 12.5px; margin-top: 4px; width: fit-content; }
.press { font-size: 12.5px; color: var(--soft); margin-top: 4px; padding-left: 10px; border-left: 3px solid var(--line); }
.press.good, .log .good::marker { border-color: var(--good); }
.press.bad { border-color: var(--bad); color: var(--bad); }
.press code, .log code { display: block; font-size: 11.5px; overflow-wrap: anywhere; }

.bk-header { font-size: 18px; font-weight: 800; line-height: 1.35; margin: 6px 0 4px; }
.bk-divider { border: 0; border-top: 1px solid var(--line); margin: 10px 0; }
.bk-section { display: flex; gap: 12px; align-items: flex-start; margin: 4px 0; }
.bk-body { flex: 1; min-width: 0; }
.bk-fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(110px, 1fr)); gap: 8px 16px; margin: 6px 0; }
.bk-context { display: flex; flex-wrap: wrap; gap: 2px 10px; font-size: 12.5px; color: var(--soft); margin: 6px 0; }
.bk-actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 10px 0 4px; }
.bk-button { border: 1px solid var(--line); background: var(--panel); border-radius: 8px; padding: 6px 14px; font-weight: 700; font-size: 14px; }
.bk-button:hover { box-shadow: 0 1px 4px rgb(0 0 0 / 18%); }
.bk-button.primary { background: #007a5a; border-color: #007a5a; color: #fff; }
.bk-button.danger { background: #e01e5a; border-color: #e01e5a; color: #fff; }
.bk-image { font-size: 12.5px; color: var(--soft); }
.bk-text blockquote, .bk-fields blockquote, .bk-context blockquote { margin: 2px 0; padding-left: 12px; border-left: 4px solid var(--line); }
.content code { font: 12.5px/1.4 ui-monospace, Menlo, Consolas, monospace; background: var(--raised); border: 1px solid var(--line); border-radius: 4px; padding: 1px 4px; color: var(--bad); }
.content pre { font: 12.5px/1.45 ui-monospace, Menlo, Consolas, monospace; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: 8px; margin: 4px 0; white-space: pre-wrap; }
.mention { background: color-mix(in srgb, var(--link) 14%, transparent); color: var(--link); border-radius: 3px; padding: 0 2px; }

.raise { padding: 12px 16px; border-bottom: 1px solid var(--line); }
.raise label { font-size: 13px; font-weight: 600; }
.row { display: flex; gap: 8px; margin-top: 4px; }
.raise > input { width: 100%; margin-top: 4px; }
.row input, .raise > input { flex: 1 1 3rem; min-width: 0; border: 1px solid var(--line); border-radius: 8px; padding: 7px 10px; background: var(--bg); }
.primary { background: var(--flexdeploy); border: 1px solid var(--flexdeploy); color: #fff; border-radius: 8px; padding: 7px 14px; font-weight: 600; white-space: nowrap; }
.primary:hover { filter: brightness(1.12); }
.task { margin: 8px 16px; padding: 10px 14px; border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: 10px; overflow-wrap: anywhere; }
.task.approved { border-left-color: var(--good); }
.task.rejected { border-left-color: var(--bad); }
.task header { display: flex; justify-content: space-between; align-items: center; gap: 8px; }
.task-id { font-weight: 700; }
.badge { font-size: 11.5px; font-weight: 700; letter-spacing: .03em; border-radius: 999px; padding: 2px 10px; background: var(--warn-bg); color: var(--warn); }
.badge.approved { background: var(--good-bg); color: var(--good); }
.badge.rejected { background: var(--bad-bg); color: var(--bad); }
.notes { font-size: 13.5px; color: var(--soft); margin-top: 2px; }
.log { margin-top: 6px; font-size: 12.5px; color: var(--soft); }
.log .bad { color: var(--bad); }
.log time { font-variant-numeric: tabular-nums; }
.facts { font-size: 12.5px; color: var(--soft); }
.task footer { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; margin-top: 8px; padding-top: 8px; border-top: 1px dashed var(--line); font-size: 12.5px; color: var(--soft); }
.task footer span { flex: 1 1 100%; }
.task footer button { border: 1px solid var(--line); background: none; border-radius: 8px; padding: 3px 10px; font-weight: 600; }
.task footer button:hover { background: var(--raised); }

.phone { margin: 8px auto 14px; max-width: 300px; border: 7px solid #2b2f36; border-radius: 30px; background: linear-gradient(160deg, color-mix(in srgb, var(--fcm) 22%, var(--bg)), var(--bg)); padding: 8px 10px 10px; overflow-wrap: anywhere; box-shadow: var(--shadow); }
.phone > header { display: flex; justify-content: center; font-size: 12px; font-weight: 600; color: var(--soft); padding: 2px 0 8px; }
.phone .token { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 100%; }
.push { background: color-mix(in srgb, var(--panel) 88%, transparent); border-radius: 14px; padding: 8px 12px; margin-bottom: 8px; font-size: 13.5px; line-height: 1.4; }
.push-head { display: flex; justify-content: space-between; gap: 8px; align-items: baseline; }
.push-head time { font-size: 11.5px; color: var(--soft); white-space: nowrap; }
.push-actions { display: flex; gap: 8px; margin-top: 6px; }
.push-actions button { flex: 1; border: 0; border-radius: 10px; padding: 6px 8px; font-weight: 600; background: var(--line); }
.push-actions [data-approved='true'] { background: var(--good); color: var(--panel); }
.push-actions button:hover { filter: brightness(1.08); }
.push .status-link { font-size: 11.5px; }
.phone > footer { text-align: center; font-size: 11.5px; color: var(--soft); }
.phone > footer button { border: 0; background: none; color: var(--soft); text-decoration: underline; text-underline-offset: 2px; padding: 0; }
.letters { margin: 8px 14px; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.letter { padding: 10px 14px; overflow-wrap: anywhere; }
.letter + .letter { border-top: 1px solid var(--line); background: var(--raised); }
.letter header { display: grid; grid-template-columns: 1fr auto; gap: 0 8px; align-items: baseline; }
.letter header .facts { grid-column: 1 / -1; }
.letter time { font-size: 12px; color: var(--soft); white-space: nowrap; }
.letter-text { margin-top: 6px; font-size: 13.5px; white-space: pre-wrap; }
.fcm .primary { background: var(--fcm); border-color: var(--fcm); }

.toasts { position: fixed; right: 20px; bottom: 20px; display: grid; gap: 8px; max-width: min(420px, calc(100vw - 40px)); z-index: 1; }
.toast { background: var(--ink); color: var(--panel); border-left: 5px solid var(--good); border-radius: 8px; padding: 10px 14px; box-shadow: var(--shadow); font-size: 14px; overflow-wrap: anywhere; }
.toast.bad { border-left-color: var(--bad); }

@keyframes arrive { from { opacity: 0; transform: translateY(6px); } }
@keyframes flash { from { background: var(--warn-bg); } }
@media (prefers-reduced-motion: no-preference) {
  .new { animation: arrive .25s ease-out; }
  .changed { animation: flash 1.2s ease-out; }
}
@media (max-width: 1180px) {
  html, body { height: auto; }
  main { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .cards { max-height: 75vh; }
}
@media (max-width: 820px) {
  body { padding: 12px; }
  main { grid-template-columns: minmax(0, 1fr); }
  .cards { max-height: 70vh; }
  .flexdeploy { order: -1; }
  .empty { margin-top: 4vh; }
}
`;
