import { html, type Html } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import type { View } from '../slack/events';
import { Views } from '../slack/views';
import { renderBlocks } from './block-kit';
import { plainText } from './mrkdwn';
import { SlackDirectory } from './slack-directory';

/** A dialog of Slack's that one person sees. */
export interface Dialog {
  readonly id: string;
  /** Slack user id. */
  readonly user: string;
  readonly markup: string;
  /** What the app found wrong, by the field's name. */
  readonly errors: Readonly<Record<string, string>>;
}

@Injectable()
export class Dialogs {
  constructor(
    private readonly views: Views,
    private readonly directory: SlackDirectory,
  ) {}

  list(): Dialog[] {
    return this.views.list().map((view) => ({
      id: view.id,
      user: view.user.id,
      markup: this.form(view).text,
      errors: view.errors,
    }));
  }

  private form({ id, definition, trouble }: View): Html {
    const { title, submit, close, blocks } = definition;
    return html`<form data-do="submitView" data-view="${id}" data-testid="slack-dialog">
      <header>
        <span class="mark slack-mark" aria-hidden="true">#</span>
        <h2>${plainText(title.text)}</h2>
      </header>
      <div class="content">
        ${trouble !== undefined && html`<p class="fault" data-testid="dialog-trouble">${trouble}</p>`}
        ${renderBlocks(blocks, id, this.directory)}
      </div>
      <footer>
        <button
          type="button"
          class="bk-button"
          data-part="close"
          data-do="closeView"
          data-view="${id}"
          data-testid="dialog-cancel"
        >
          ${plainText(close?.text ?? 'Cancel')}
        </button>
        ${
          submit &&
          html`<button type="submit" class="bk-button primary" data-testid="dialog-submit">
            ${plainText(submit.text)}
          </button>`
        }
      </footer>
    </form>`;
  }
}
