/** Queue `slack`: approval messages in a channel. Knows nothing of what asked for them. */
import { Type } from 'class-transformer';
import { IsISO8601, IsString, Length, ValidateNested } from 'class-validator';
import { defineActivity } from '../define';
import { ApprovalOutcome, Subject, TokenHashed } from './approval';

const queue = 'slack';

export class PostApproval extends TokenHashed {
  @ValidateNested()
  @Type(() => Subject)
  subject!: Subject;

  @IsISO8601()
  dueAt!: string;

  @IsString()
  @Length(1, 4000)
  sealedToken!: string;
}

/** Where a message is. */
export interface MessageRef {
  readonly channel: string;
  readonly ts: string;
}

export const postApproval = defineActivity<MessageRef>()({
  name: 'slack.postApproval',
  queue,
  input: PostApproval,
  description: 'Post a message with Approve and Reject buttons',
});

export class UpdateMessage {
  @IsString()
  @Length(1, 100)
  channel!: string;

  @IsString()
  @Length(1, 100)
  ts!: string;

  @ValidateNested()
  @Type(() => Subject)
  subject!: Subject;

  @ValidateNested()
  @Type(() => ApprovalOutcome)
  outcome!: ApprovalOutcome;

  @IsISO8601()
  dueAt!: string;
}

export type MessageUpdated =
  | { readonly updated: true }
  /** The message is gone; that fails nothing. */
  | { readonly updated: false; readonly reason: string };

export const updateMessage = defineActivity<MessageUpdated>()({
  name: 'slack.updateMessage',
  queue,
  input: UpdateMessage,
  description: 'Replace the buttons by what became of the approval',
});
