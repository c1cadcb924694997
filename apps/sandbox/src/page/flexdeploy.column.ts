import { Injectable } from '@nestjs/common';
import type { Answer } from '../ingestion/ingestion.client';
import { Tasks, type Task } from '../flexdeploy/tasks';
import { clockTime, SHOWN, type Card, type Column } from './column';
import { html, type Html } from './html';
import { isWebLink } from './mrkdwn';

@Injectable()
export class FlexDeployColumn implements Column {
  readonly target = 'flexdeploy';
  readonly newest = 'first';
  readonly empty = html`<div class="empty">
    <strong>No tasks yet</strong>
    <p>Raise one above. It stays PENDING until somebody decides it in Slack.</p>
  </div>`;

  readonly form = html`<form class="raise" data-do="raise" data-testid="raise-form">
    <label for="description">Raise an approval task</label>
    <div class="row">
      <input
        id="description"
        name="description"
        required
        maxlength="3000"
        autocomplete="off"
        value="DiPocket v2.4 is about to be deployed to PROD"
        data-testid="raise-description"
      />
      <button type="submit" class="primary" data-testid="raise-submit">Raise task</button>
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
  const { taskId, description, status, notes, raised } = task;
  return html`<article class="task ${status.toLowerCase()}" data-testid="task" data-task="${taskId}">
    <header>
      <span class="task-id">Task ${taskId}</span>
      <span class="badge ${status.toLowerCase()}" data-testid="task-status">${status}</span>
    </header>
    <p class="description">${description || 'Not created here: it came with the first call'}</p>
    ${notes !== undefined && html`<p class="notes" data-testid="task-notes">“${notes}”</p>`}
    <ul class="log">
      <li><time>${clockTime(new Date(task.createdAt))}</time> created</li>
      ${raised && raisedLine(raised)}
      ${task.calls.map(
        ({ at, action, status: answered }) =>
          html`<li class="${answered < 300 ? 'good' : 'bad'}">
            <time>${clockTime(new Date(at))}</time> ${action}
            ${answered < 300 ? `by ${task.decidedBy ?? ''}` : `refused: ${answered}`}
          </li>`,
      )}
    </ul>
    ${
      status === 'PENDING' &&
      html`<footer>
        Or decide it here, past Slack:
        <button type="button" data-do="decide" data-task="${taskId}" data-action="approve">approve</button>
        <button type="button" data-do="decide" data-task="${taskId}" data-action="reject">reject</button>
      </footer>`
    }
  </article>`;
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
