import { html, type Html } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import type { Answer } from '../ingestion/ingestion.client';
import { Tasks, type Sending, type Task } from '../flexdeploy/tasks';
import { clockTime, SHOWN, type Card, type Column } from './column';
import { isWebLink } from './mrkdwn';

@Injectable()
export class FlexDeployColumn implements Column {
  readonly target = 'flexdeploy';
  readonly newest = 'first';
  readonly empty = {
    title: 'No tasks yet',
    text: 'Raise one above. It stays PENDING until somebody decides it in Slack.',
  };

  readonly form = html`<form class="raise" data-do="raise" data-testid="raise-form">
    <label for="description">Raise an approval task</label>
    <input
      id="description"
      name="description"
      required
      maxlength="3000"
      autocomplete="off"
      value="DiPocket v2.4 is about to be deployed to PROD"
      data-testid="raise-description"
    />
    <div class="row">
      <input
        name="environment"
        aria-label="Environment"
        title="Environment"
        required
        maxlength="200"
        value="PROD"
        list="environments"
        data-testid="raise-environment"
      />
      <datalist id="environments">
        ${['DEV', 'TEST', 'UAT', 'PROD'].map((name) => html`<option value="${name}"></option>`)}
      </datalist>
      <input
        name="project"
        aria-label="Project"
        title="Project"
        required
        maxlength="200"
        autocomplete="off"
        value="DiPocket"
        data-testid="raise-project"
      />
      <button type="submit" class="primary" data-testid="raise-submit">Raise</button>
    </div>
  </form>`;

  constructor(private readonly tasks: Tasks) {}

  heading(): Html {
    const pending = this.tasks.list().filter(({ status }) => status === 'PENDING').length;
    return html`<span class="mark flexdeploy-mark" aria-hidden="true">F</span>
      <div>
        <h2>FlexDeploy</h2>
        <p data-testid="flexdeploy-pending">${pending} pending</p>
      </div>`;
  }

  cards(): Card[] {
    const newest = this.tasks.list().slice(-SHOWN).reverse();
    return newest.map((task) => ({
      id: `task-${Buffer.from(task.taskId).toString('base64url')}`,
      markup: taskCard(task),
    }));
  }
}

function taskCard(task: Task): Html {
  const { taskId, description, status, notes, raised, sent } = task;
  const facts = [
    task.environmentName,
    task.projectName,
    task.requestedBy && `asked for by ${task.requestedBy}`,
  ];
  return html`<article class="task ${status.toLowerCase()}" data-testid="task" data-task="${taskId}">
    <header>
      <span class="task-id">Task ${taskId}</span>
      <span class="badge ${status.toLowerCase()}" data-testid="task-status">${status}</span>
    </header>
    <p class="description">${description || 'Not created here: it came with the first call'}</p>
    ${facts.some(Boolean) && html`<p class="facts">${facts.filter(Boolean).join(' · ')}</p>`}
    ${notes !== undefined && html`<p class="notes" data-testid="task-notes">“${notes}”</p>`}
    <ul class="log">
      <li><time>${clockTime(new Date(task.createdAt))}</time> created</li>
      ${raised && raisedLine(raised)} ${task.calls.map((call) => callLine(call, task.decidedBy))}
      ${sent.filter(({ event }) => event !== 'Task Created').map(sentLine)}
    </ul>
    ${
      status === 'PENDING' &&
      html`<footer>
        <span>Decide in FlexDeploy itself</span>
        ${decideButton(taskId, 'approve')} ${decideButton(taskId, 'reject')}
      </footer>`
    }
  </article>`;
}

const decideButton = (taskId: string, action: 'approve' | 'reject'): Html =>
  html`<button
    type="button"
    data-do="decide"
    data-task="${taskId}"
    data-action="${action}"
    data-testid="task-${action}"
  >
    ${action === 'approve' ? 'Approve' : 'Reject'}
  </button>`;

function logLine(at: string, good: boolean, text: Html): Html {
  return html`<li class="${good ? 'good' : 'bad'}"><time>${clockTime(new Date(at))}</time> ${text}</li>`;
}

function callLine({ at, action, status }: Task['calls'][number], by = ''): Html {
  const good = status < 300;
  return logLine(at, good, html`${action} ${good ? `by ${by}` : `refused: ${status}`}`);
}

function sentLine({ at, event, attempt, answer }: Sending): Html {
  const taken = answer.status >= 200 && answer.status < 300;
  const which = attempt > 1 && html` (attempt ${attempt})`;
  const result = taken ? 'taken' : `not taken: ${answer.status || answer.body}`;
  return logLine(at, taken, html`webhook ${event}${which} ${result}`);
}

function raisedLine({ status, body, location }: Answer): Html {
  if (status === 202) {
    return html`<li class="good">
      raised at Countersign
      ${location !== undefined && isWebLink(location) && html`· <a href="${location}" target="_blank" data-testid="task-instance">status of its instance ↗</a>`}
    </li>`;
  }
  return html`<li class="bad">
    could not be raised: ${status === 0 ? '' : `${status} `}<code>${body.slice(0, 300)}</code>
  </li>`;
}
