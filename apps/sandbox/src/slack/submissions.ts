import { Injectable } from '@nestjs/common';
import type { Block, InputBlock } from './blocks';
import { Delivery, type Delivered } from './delivery';
import type { View } from './events';
import { actorJson, type SlackPerson } from './people';
import { Triggers } from './triggers';
import { viewJson, type ViewValues } from './view-json';
import { Views } from './views';

/** What Slack says in the dialog when the app does not answer as it should. */
const TROUBLE = 'We had some trouble connecting. Try again?';

/** What was typed, by block. */
export type Typed = Readonly<Record<string, string>>;

export interface Submitted {
  readonly answer: Delivered;
  /** Whether the person still sees the dialog. */
  readonly open: boolean;
  /** What the app found wrong, by block. */
  readonly errors?: Readonly<Record<string, string>>;
}

/** Submits dialogs: sends `view_submission` as Slack does, and keeps the dialog open where the app wants that. */
@Injectable()
export class Submissions {
  constructor(
    private readonly views: Views,
    private readonly triggers: Triggers,
    private readonly delivery: Delivery,
  ) {}

  /** Never throws for what the app does. */
  async submit(view: View, typed: Typed, by: SlackPerson): Promise<Submitted> {
    const answer = await this.delivery.send({
      type: 'view_submission',
      ...actorJson(by),
      trigger_id: this.triggers.issue(by),
      view: viewJson(view, valuesOf(view, typed)),
      response_urls: [],
    });
    const wrong = wrongIn(answer);
    if (wrong === undefined) this.views.close(view.id);
    else this.views.keep(view, wrong);
    return { answer, open: wrong !== undefined, ...(wrong && { errors: wrong.errors }) };
  }
}

/** Why Slack itself would not send this, by block: it checks lengths before the app hears of it. */
export function faultsOf(view: View, typed: Typed): Record<string, string> {
  const faults = inputsOf(view).map(({ block_id: id, optional, element }): [string, string | undefined] => {
    const text = typed[id] ?? '';
    const { min_length: min = 0, max_length: max = 3000 } = element;
    if (text === '' && optional !== true) return [id, 'is required'];
    if (text.length > max) return [id, `must be ${max} characters or less`];
    return [id, text !== '' && text.length < min ? `must be ${min} characters or more` : undefined];
  });
  return Object.fromEntries(faults.filter((fault): fault is [string, string] => fault[1] !== undefined));
}

export const inputsOf = ({ definition }: View): (Block & InputBlock)[] =>
  definition.blocks.filter((block): block is Block & InputBlock => block.type === 'input');

function valuesOf(view: View, typed: Typed): ViewValues {
  return Object.fromEntries(
    inputsOf(view).map(({ block_id: id, element: { type, action_id: action } }) => [
      id,
      { [action]: { type, value: typed[id] || null } },
    ]),
  );
}

/** What keeps the dialog open (docs.slack.dev/surfaces/modals, "Displaying errors in views"). */
function wrongIn({ status, body }: Delivered): Pick<View, 'errors' | 'trouble'> | undefined {
  if (status !== 200) return { errors: {}, trouble: TROUBLE };
  if (body.trim() === '') return undefined;
  const { response_action: action, errors } = parsed(body);
  if (action === undefined || action === 'clear') return undefined;
  if (action === 'errors' && typeof errors === 'object' && errors !== null)
    return { errors: errors as Record<string, string> };
  return { errors: {}, trouble: TROUBLE };
}

function parsed(body: string): { response_action?: unknown; errors?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return { response_action: 'none that Slack knows' };
  }
}
