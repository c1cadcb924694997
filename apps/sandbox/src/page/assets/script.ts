/** Runs in the browser: swaps in what the server rendered, and sends what is pressed. */
export const script = String.raw`'use strict';

const byId = (id) => document.getElementById(id);
const part = (root, name) => root.querySelector('[data-part="' + name + '"]');
const shown = new Map();
const faultEnds = new Map();

function toElement(markup) {
  const template = document.createElement('template');
  template.innerHTML = markup;
  return template.content.firstElementChild;
}

/** Replaces only what changed, so that nothing flickers and a focused button stays. */
function showCards(column, cards) {
  const list = part(column, 'cards');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  const wanted = new Set(cards.map((card) => card.id));
  for (const old of [...list.children]) if (!wanted.has(old.id)) { shown.delete(old.id); old.remove(); }
  let changed = false;
  cards.forEach((card, index) => {
    let element = byId(card.id);
    if (element === null || shown.get(card.id) !== card.markup) {
      const fresh = toElement(card.markup);
      fresh.id = card.id;
      fresh.classList.add(element === null ? 'new' : 'changed');
      if (element !== null) element.replaceWith(fresh);
      element = fresh;
      shown.set(card.id, card.markup);
      changed = true;
    }
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] || null);
  });
  if (cards.length === 0) list.replaceChildren(part(column, 'empty').content.cloneNode(true));
  if (changed && atEnd && column.dataset.newest === 'last') list.scrollTop = list.scrollHeight;
}

function showFault(column, target, fault) {
  column.dataset.fault = fault.mode;
  part(column, 'mode').value = fault.mode;
  if (fault.secondsLeft === undefined) faultEnds.delete(target);
  else faultEnds.set(target, Date.now() + fault.secondsLeft * 1000);
  showTimeLeft();
}

function showTimeLeft() {
  for (const column of document.querySelectorAll('.column')) {
    const end = faultEnds.get(column.id.slice('column-'.length));
    const seconds = end === undefined ? 0 : Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const clock = Math.floor(seconds / 60) + ':' + String(seconds % 60).padStart(2, '0');
    part(column, 'left').textContent = end === undefined ? '' : clock + ' left';
  }
}

/** Of the person whom one is, the newest. What was typed stays while the dialog does. */
function showDialog() {
  const dialog = byId('dialog');
  const mine = latest.dialogs.filter(({ user }) => user === person().id).at(-1);
  if (mine === undefined) {
    shown.delete('dialog');
    dialog.close();
    dialog.replaceChildren();
    return;
  }
  if (shown.get('dialog') !== mine.id + mine.markup) {
    dialog.replaceChildren(toElement(mine.markup));
    shown.set('dialog', mine.id + mine.markup);
  }
  for (const fault of dialog.querySelectorAll('[data-fault]')) fault.textContent = mine.errors[fault.dataset.fault] || '';
  if (!dialog.open) dialog.showModal();
}

let latest = { dialogs: [] };
function show(snapshot) {
  latest = snapshot;
  showDialog();
  for (const { target, heading, cards, fault } of snapshot.columns) {
    const column = byId('column-' + target);
    const head = part(column, 'heading');
    if (shown.get(target) !== heading) { head.innerHTML = heading; shown.set(target, heading); }
    showCards(column, cards);
    showFault(column, target, fault);
  }
}

function toast(text, kind) {
  const element = document.createElement('p');
  element.className = 'toast ' + kind;
  element.textContent = text;
  byId('toasts').append(element);
  setTimeout(() => element.remove(), kind === 'bad' ? 8000 : 4000);
}

async function post(path, body) {
  const response = await fetch('/sandbox/api/' + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  if (!response.ok) throw new Error(answer && answer.detail ? answer.detail : 'The sandbox answered ' + response.status);
  return answer;
}

function chosen() {
  return byId('person').selectedOptions[0];
}

function person() {
  return { id: chosen().value, name: chosen().dataset.name };
}

const actions = {
  async click(button) {
    if (button.dataset.url) window.open(button.dataset.url, '_blank', 'noopener');
    const { answers } = await post('slack/messages/' + button.dataset.ts + '/click', {
      action_id: button.dataset.action,
      user: person(),
    });
    const [answer] = answers;
    const taker = answer.via === 'socket' ? 'The socket' : 'Ingestion';
    if (answer.status >= 200 && answer.status < 300) toast(taker + ' took the click in ' + answer.milliseconds + ' ms', 'good');
    else toast('The click was not taken: ' + (answer.status || 'no answer') + ' ' + answer.body.slice(0, 200), 'bad');
  },
  async submitView(form) {
    const values = Object.fromEntries(new FormData(form));
    await post('slack/views/' + form.dataset.view + '/submit', { values, user: person() });
  },
  async closeView(button) {
    await post('slack/views/' + button.dataset.view + '/close');
  },
  async raise(form) {
    const fields = Object.fromEntries(new FormData(form));
    const task = await post('flexdeploy/tasks', { ...fields, requestedBy: chosen().dataset.handle, notify: 'webhook' });
    if (task.raised.status === 202) toast('Task ' + task.taskId + ' is waiting for a decision', 'good');
    else toast('Task ' + task.taskId + ' could not be raised: ' + (task.raised.status || task.raised.body), 'bad');
  },
  async order(form) {
    const answer = await post('fcm/orders', Object.fromEntries(new FormData(form)));
    if (answer.status === 202) toast('The order was placed', 'good');
    else toast('The order was not taken: ' + (answer.status || answer.body), 'bad');
  },
  async answer(button) {
    const answer = await post('fcm/pushes/' + button.dataset.push + '/answer', { approved: button.dataset.approved === 'true' });
    if (answer.status !== 202) toast('The answer was not taken: ' + (answer.status || '') + ' ' + answer.body.slice(0, 200), 'bad');
  },
  async unregister(button) {
    await post('fcm/devices/' + encodeURIComponent(button.dataset.token) + '/unregister');
  },
  async decide(button) {
    const { task, action } = button.dataset;
    await post('flexdeploy/tasks/' + encodeURIComponent(task) + '/decide', { action, by: chosen().dataset.handle });
  },
  async fault(group) {
    const seconds = Number(part(group, 'seconds').value);
    const mode = part(group, 'mode').value;
    const lasting = mode !== 'off' && seconds > 0 ? { seconds } : {};
    await post('faults', { target: group.dataset.target, mode, ...lasting });
  },
  async reset() {
    await post('reset');
    toast('Everything is forgotten', 'good');
  },
};

async function run(element, button) {
  if (button) button.disabled = true;
  try {
    await actions[element.dataset.do](element);
  } catch (error) {
    toast(error.message, 'bad');
  } finally {
    if (button) button.disabled = false;
  }
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-do]');
  if (button !== null) void run(button, button);
});

document.addEventListener('submit', (event) => {
  event.preventDefault();
  void run(event.target, event.submitter);
});

document.addEventListener('change', (event) => {
  const group = event.target.closest('.faults');
  if (group !== null && (event.target.dataset.part === 'mode' || part(group, 'mode').value !== 'off')) void run(group);
});

byId('dialog').addEventListener('cancel', (event) => {
  event.preventDefault();
  part(byId('dialog'), 'close').click();
});

byId('person').addEventListener('change', (event) => {
  localStorage.setItem('person', event.target.value);
  showDialog();
});
const remembered = [...byId('person').options].find(({ value }) => value === localStorage.getItem('person'));
if (remembered !== undefined) remembered.selected = true;

function live(state, text) {
  byId('live').dataset.state = state;
  byId('live').textContent = text;
}
const events = new EventSource('/sandbox/events');
events.onopen = () => live('on', 'live');
events.onerror = () => live('off', 'connection lost, trying again');
events.onmessage = (event) => show(JSON.parse(event.data));
setInterval(showTimeLeft, 1000);
`;
