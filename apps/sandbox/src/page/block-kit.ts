import { type Html, html } from '@countersign/service';
import type { Block, Button, Image, InputBlock, TextObject } from '../slack/blocks';
import { isWebLink, mrkdwn, plainText, type Directory } from './mrkdwn';

/** Renders a message's blocks as Slack lays them out. `ts` is the message that the buttons belong to. */
export function renderBlocks(blocks: readonly Block[], ts: string, directory: Directory): Html {
  const text = (object: TextObject) =>
    object.type === 'mrkdwn' ? mrkdwn(object.text, directory) : plainText(object.text);
  return html`${blocks.map((block) => renderBlock(block, ts, text))}`;
}

function renderBlock(block: Block, ts: string, text: (object: TextObject) => Html): Html {
  switch (block.type) {
    case 'header':
      return html`<h3 class="bk-header">${text(block.text)}</h3>`;
    case 'divider':
      return html`<hr class="bk-divider" />`;
    case 'section':
      return html`<div class="bk-section">
        <div class="bk-body">
          ${block.text && html`<div class="bk-text">${text(block.text)}</div>`}
          ${block.fields && html`<div class="bk-fields">${block.fields.map((field) => html`<div>${text(field)}</div>`)}</div>`}
        </div>
        ${block.accessory && element(block.accessory, ts)}
      </div>`;
    case 'context':
      return html`<div class="bk-context">
        ${block.elements.map((each) => (each.type === 'image' ? image(each) : html`<span>${text(each)}</span>`))}
      </div>`;
    case 'actions':
      return html`<div class="bk-actions">${block.elements.map((each) => element(each, ts))}</div>`;
    case 'image':
      return image(block);
    case 'input':
      return input(block);
  }
}

/** In dialogs only; the name of the field is the block's. */
function input({ block_id: id, label, element, hint, optional }: Block & InputBlock): Html {
  const attributes = html`id="${id}" name="${id}" data-testid="input-${element.action_id}"
  placeholder="${element.placeholder?.text ?? ''}" maxlength="${element.max_length ?? 3000}"
  ${optional !== true && html`required`}`;
  const initial = element.initial_value ?? '';
  return html`<div class="bk-input">
    <label for="${id}">${plainText(label.text)}${optional === true && html` <i>(optional)</i>`}</label>
    ${
      element.multiline === true
        ? html`<textarea rows="4" ${attributes}>${initial}</textarea>`
        : html`<input autocomplete="off" value="${initial}" ${attributes} />`
    }
    ${hint && html`<p class="hint">${plainText(hint.text)}</p>`}
    <p class="fault" data-fault="${id}"></p>
  </div>`;
}

function element(item: Button | Image, ts: string): Html {
  if (item.type === 'image') return image(item);
  const style = item.style ?? 'default';
  const link = item.url !== undefined && isWebLink(item.url) ? item.url : undefined;
  return html`<button
    type="button"
    class="bk-button ${style}"
    data-do="click"
    data-ts="${ts}"
    data-action="${item.action_id}"
    ${link !== undefined && html`data-url="${link}"`}
    data-testid="slack-${item.action_id}"
  >
    ${plainText(item.text.text)}
  </button>`;
}

/** Images are named, not loaded: the page needs nothing from outside. */
function image({ alt_text: alternative }: Image): Html {
  return html`<span class="bk-image" title="Image">🖼 ${alternative}</span>`;
}
