import { Nested } from '@countersign/contracts';
import { IsBoolean, IsInt, IsNumber, IsOptional, Length, Max, Min } from 'class-validator';
import { Problem, validated } from '@countersign/service';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { buttonsOf } from '../slack/blocks';
import type { Delivered } from '../slack/delivery';
import { Interactivity } from '../slack/interactivity';
import { PEOPLE } from '../slack/people';
import { Workspace, type Message } from '../slack/workspace';

export class Clicker {
  @Length(1, 100)
  id!: string;

  @Length(1, 100)
  name!: string;
}

class Forge {
  /** The body is changed after it was signed: it was somebody else's. */
  @IsOptional()
  @IsBoolean()
  tamper?: boolean;

  /** The secret that it is signed with. */
  @IsOptional()
  @Length(1, 200)
  secret?: string;

  /** How old the signature is. */
  @IsOptional()
  @IsNumber()
  ageSeconds?: number;
}

class Click {
  @Length(1, 255)
  action_id!: string;

  @IsOptional()
  @Nested(() => Clicker)
  user?: Clicker;

  /** How many requests are sent at once. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  times?: number;

  /** Sends what Slack would never send, over HTTP. */
  @IsOptional()
  @Nested(() => Forge)
  forge?: Forge;
}

/** Looks into the stand-in Slack and presses its buttons. */
@Controller('sandbox/api/slack')
export class SlackControlController {
  constructor(
    private readonly workspace: Workspace,
    private readonly interactivity: Interactivity,
  ) {}

  @Get('messages')
  messages() {
    return this.workspace.list().map(messageView);
  }

  /** What was shown to one person only. */
  @Get('ephemeral')
  ephemeral() {
    return this.workspace.whispers().map(({ channel, content, ...rest }) => ({
      ...rest,
      channel: channel.id,
      ...content,
    }));
  }

  /** A button that an earlier version of the message had may be pressed too: somebody's screen may be old. */
  @Post('messages/:ts/click')
  @HttpCode(200)
  async click(
    @Param('ts') ts: string,
    @Body(validated(Click)) click: Click,
  ): Promise<{ answers: Delivered[] }> {
    const message = this.workspace.find(ts);
    if (message === undefined) throw new Problem(404, `There is no message ${ts}.`);
    const { action_id: actionId, user = PEOPLE[0], times = 1, forge } = click;
    const presses = Array.from({ length: times }, () =>
      this.interactivity.press(message, actionId, user, forge),
    );
    const answers = (await Promise.all(presses)).filter((answer) => answer !== undefined);
    if (answers.length === 0) throw new Problem(404, `The message has no button with action_id ${actionId}.`);
    return { answers };
  }
}

function messageView({ channel, ts, content, reply, editedTs, history, presses }: Message) {
  return {
    channel: channel.id,
    ts,
    ...(reply && { thread_ts: reply.threadTs }),
    ...content,
    actions: buttonsOf(content.blocks).map(({ button: { action_id, text, value } }) => ({
      action_id,
      text: text.text,
      value,
    })),
    updated: editedTs !== undefined,
    history,
    presses,
  };
}
