/** What Slack tells of what somebody did, over HTTP and over a socket alike. */
import { DECISIONS, type Decision, type DecisionKind, Nested, NestedList } from '@countersign/contracts';
import { Problem } from '@countersign/service';
import { plainToInstance } from 'class-transformer';
import { IsObject, IsOptional, IsString, Length, validateSync } from 'class-validator';
import { REASON_DIALOG } from './reason-dialog';

/** What we read of Slack's payload; it holds far more. */
class SlackUser {
  @IsString()
  @Length(1, 200)
  id!: string;

  @IsOptional()
  @IsString()
  name?: string;

  @IsOptional()
  @IsString()
  username?: string;
}

class SlackAction {
  @IsString()
  action_id!: string;

  @IsOptional()
  @IsString()
  value?: string;

  /** When it was pressed; of one person, no two presses have the same. */
  @IsOptional()
  @IsString()
  action_ts?: string;
}

class BlockActions {
  @Nested(() => SlackUser)
  user!: SlackUser;

  @NestedList(() => SlackAction)
  actions!: SlackAction[];

  @IsOptional()
  @IsString()
  trigger_id?: string;

  @IsOptional()
  @IsString()
  response_url?: string;
}

class SlackView {
  @IsString()
  id!: string;

  @IsString()
  callback_id!: string;

  @IsString()
  private_metadata!: string;

  @IsOptional()
  @IsObject()
  state?: { values?: Record<string, Record<string, { value?: unknown } | undefined> | undefined> };
}

class ViewSubmission {
  @Nested(() => SlackUser)
  user!: SlackUser;

  @Nested(() => SlackView)
  view!: SlackView;
}

/** Somebody pressed Approve or Reject, or said in the dialog why they reject. */
export interface SlackClick {
  readonly from: 'button' | 'dialog';
  readonly token: string;
  readonly decision: Decision;
  /** Names this click: Slack may deliver it twice. */
  readonly once?: string;
  /** Where the person who pressed a button can be told something. A secret. */
  readonly responseUrl?: string;
}

/** The longest trigger that a decision carries; without one, no dialog is opened. */
const MAX_TRIGGER = 200;
const MAX_REASON = 2000;

const garbage = (detail: string) => new Problem(400, detail);
const isDecision = (id: string): id is DecisionKind => DECISIONS.some((kind) => kind === id);

/**
 * Reads the payload of an interaction. Undefined for anything but our two buttons and our dialog
 * (Slack also tells of link buttons, other dialogs and the like).
 *
 * @throws Problem 400 when it is not what Slack sends
 */
export function readSlackClick(payload: unknown): SlackClick | undefined {
  if (
    typeof payload !== 'object' ||
    payload === null ||
    !('type' in payload) ||
    typeof payload.type !== 'string'
  )
    throw garbage('The payload has no type.');
  switch (payload.type) {
    case 'block_actions':
      return pressOf(valid(BlockActions, payload));
    case 'view_submission':
      return submissionOf(valid(ViewSubmission, payload));
    default:
      return undefined;
  }
}

function pressOf({ user, actions, trigger_id, response_url }: BlockActions): SlackClick | undefined {
  const pressed = actions.find(({ action_id }) => isDecision(action_id));
  if (pressed === undefined || !isDecision(pressed.action_id)) return undefined;
  if (pressed.value === undefined) throw garbage('The button carries no value.');
  const { action_id: action, action_ts, value: token } = pressed;
  const hasTrigger = trigger_id !== undefined && trigger_id !== '' && trigger_id.length <= MAX_TRIGGER;
  return {
    from: 'button',
    token,
    decision: { ...byUser(user), action, ...(hasTrigger && { triggerId: trigger_id }) },
    ...(action_ts !== undefined && { once: JSON.stringify([user.id, action_ts]) }),
    ...(response_url !== undefined && { responseUrl: response_url }),
  };
}

function submissionOf({ user, view }: ViewSubmission): SlackClick | undefined {
  if (view.callback_id !== REASON_DIALOG.callbackId) return undefined;
  const typed = view.state?.values?.[REASON_DIALOG.block]?.[REASON_DIALOG.field]?.value;
  const reason = typeof typed === 'string' ? typed.trim().slice(0, MAX_REASON) : '';
  return {
    from: 'dialog',
    token: view.private_metadata,
    decision: { ...byUser(user), action: 'reject', ...(reason !== '' && { reason }) },
    once: JSON.stringify([user.id, view.id]),
  };
}

const byUser = ({ id, name, username }: SlackUser) => ({
  by: { id, name: (name || username || id).slice(0, 200) },
  channel: 'slack',
});

function valid<T extends BlockActions | ViewSubmission>(Payload: new () => T, payload: object): T {
  const instance = plainToInstance(Payload, payload);
  const isComplete = instance.user !== undefined && (!('view' in instance) || instance.view !== undefined);
  if (!isComplete || validateSync(instance).length > 0)
    throw garbage('The payload lacks a user, actions or a view.');
  return instance;
}
