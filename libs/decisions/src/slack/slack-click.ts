import { DECISIONS, type Decision, type DecisionKind } from '@countersign/contracts';
import { Problem } from '@countersign/service';
import { plainToInstance, Type } from 'class-transformer';
import { IsArray, IsOptional, IsString, Length, ValidateNested, validateSync } from 'class-validator';

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
}

class BlockActions {
  @ValidateNested()
  @Type(() => SlackUser)
  user!: SlackUser;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => SlackAction)
  actions!: SlackAction[];
}

/** A press of Approve or Reject. */
export interface SlackClick {
  readonly token: string;
  readonly decision: Decision;
}

const garbage = (detail: string) => new Problem(400, detail);
const isDecision = (id: string): id is DecisionKind => DECISIONS.some((kind) => kind === id);

/**
 * Reads the form that Slack posts on an interaction. Undefined for anything but our two buttons
 * (Slack also tells of link buttons, dialogs and the like).
 *
 * @throws Problem 400 when it is not what Slack sends
 */
export function readSlackClick(form: unknown): SlackClick | undefined {
  const payload = payloadOf(form);
  if (payload.type !== 'block_actions') return undefined;
  const { user, actions } = blockActions(payload);
  const pressed = actions.find(({ action_id }) => isDecision(action_id));
  if (pressed === undefined || !isDecision(pressed.action_id)) return undefined;
  if (pressed.value === undefined) throw garbage('The button carries no value.');
  const name = (user.name || user.username || user.id).slice(0, 200);
  return {
    token: pressed.value,
    decision: { action: pressed.action_id, by: { id: user.id, name }, channel: 'slack' },
  };
}

function payloadOf(form: unknown): { type: string } {
  const text = typeof form === 'object' && form !== null && 'payload' in form ? form.payload : undefined;
  if (typeof text !== 'string') throw garbage('The form has no field payload.');
  const payload = parsed(text);
  if (
    typeof payload !== 'object' ||
    payload === null ||
    !('type' in payload) ||
    typeof payload.type !== 'string'
  )
    throw garbage('The payload has no type.');
  return { ...payload, type: payload.type };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(400, 'The payload is not JSON.', { cause });
  }
}

function blockActions(payload: object): BlockActions {
  const instance = plainToInstance(BlockActions, payload);
  if (instance.user === undefined || validateSync(instance).length > 0)
    throw garbage('The payload lacks a user or actions.');
  return instance;
}
