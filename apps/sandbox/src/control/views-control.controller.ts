import { Nested } from '@countersign/contracts';
import { IsObject, IsOptional, MaxLength } from 'class-validator';
import { Problem, validated } from '@countersign/service';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import type { View } from '../slack/events';
import { faultsOf, inputsOf, Submissions, type Submitted, type Typed } from '../slack/submissions';
import { Views } from '../slack/views';
import { Clicker } from './slack-control.controller';

class Submission {
  /** What is typed into the first field. */
  @IsOptional()
  @MaxLength(10_000)
  reason?: string;

  /** What is typed, by block_id. */
  @IsOptional()
  @IsObject()
  values?: Record<string, unknown>;

  /** Default: who has it open. */
  @IsOptional()
  @Nested(() => Clicker)
  user?: Clicker;
}

/** Looks at the dialogs that people have open in the stand-in Slack, and uses them. */
@Controller('sandbox/api/slack/views')
export class ViewsControlController {
  constructor(
    private readonly views: Views,
    private readonly submissions: Submissions,
  ) {}

  @Get()
  list() {
    return this.views.list().map((view) => ({
      id: view.id,
      user: view.user,
      ...view.definition,
      inputs: inputsOf(view).map(({ block_id, label, element: { action_id } }) => ({
        block_id,
        action_id,
        label: label.text,
      })),
      errors: view.errors,
      ...(view.trouble !== undefined && { trouble: view.trouble }),
    }));
  }

  /** Answers what the app answered, and whether the dialog is still open. */
  @Post(':id/submit')
  @HttpCode(200)
  submit(
    @Param('id') id: string,
    @Body(validated(Submission)) { reason, values, user }: Submission,
  ): Promise<Submitted> {
    const view = this.existing(id);
    const typed = { ...typedInFirst(view, reason), ...textsOf(values ?? {}) };
    const [fault] = Object.entries(faultsOf(view, typed));
    if (fault !== undefined) throw new Problem(400, `Slack would not send this: ${fault[0]} ${fault[1]}.`);
    return this.submissions.submit(view, typed, user ?? view.user);
  }

  /** The person presses Cancel. */
  @Post(':id/close')
  @HttpCode(204)
  close(@Param('id') id: string): void {
    this.views.close(this.existing(id).id);
  }

  private existing(id: string): View {
    const view = this.views.find(id);
    if (view === undefined) throw new Problem(404, `There is no open dialog ${id}.`);
    return view;
  }
}

function typedInFirst(view: View, text: string | undefined): Typed {
  const [first] = inputsOf(view);
  return first === undefined || text === undefined ? {} : { [first.block_id]: text };
}

const textsOf = (values: Record<string, unknown>): Typed =>
  Object.fromEntries(Object.entries(values).map(([id, value]) => [id, String(value)]));
