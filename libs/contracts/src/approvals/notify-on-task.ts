/** Application 1: a FlexDeploy task is decided by a person in a channel. */
import { ArrayMaxSize, IsInt, IsOptional, IsString, Length, Max, Min, ValidateBy } from 'class-validator';
import { defineEvent, defineWorkflow } from '../define';
import { Fact, type ApprovalOutcome } from './approval';
import { ApprovalPolicy } from './policy';
import { Nested, NestedList } from '../nested';

/** A FlexDeploy task id: text of 1 to 200 characters, or a whole number. */
const IsTaskId = () =>
  ValidateBy({
    name: 'isTaskId',
    // The same as JSON Schema, for the documents.
    constraints: [
      {
        oneOf: [
          { type: 'string', minLength: 1, maxLength: 200 },
          { type: 'integer', minimum: 0 },
        ],
      },
    ],
    validator: {
      validate: (value: unknown) =>
        (typeof value === 'string' && value.trim() !== '' && value.length <= 200) ||
        (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0),
      defaultMessage: () => 'taskid must be a text of 1 to 200 characters or a whole number',
    },
  });

export class NotifyOnTaskInput {
  @IsTaskId()
  taskid!: string | number;

  @IsString()
  @Length(1, 3000)
  description!: string;

  /** Life of the approval in seconds. Default: a day. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(365 * 24 * 3600)
  ttlSeconds?: number;

  /**
   * How often FlexDeploy is asked whether the task was decided there, in seconds; less and less often where it
   * has waited for some hundred times as long. Default: five minutes.
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(24 * 3600)
  reconcileSeconds?: number;

  /** What else FlexDeploy says of the task, for people to read: the environment, the project. */
  @IsOptional()
  @ArrayMaxSize(20)
  @NestedList(() => Fact)
  facts?: Fact[];

  /** Who asks, under the id by which approvers are known (a Slack user id). */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  requestedBy?: string;

  /** Default: anybody in the Slack channel decides, within `ttlSeconds`. */
  @IsOptional()
  @Nested(() => ApprovalPolicy)
  approval?: ApprovalPolicy;
}

/** What FlexDeploy's webhook said of a task after it was created. */
export class TaskChanged {
  /** FlexDeploy's name for what happened. */
  @IsString()
  @Length(1, 100)
  eventType!: string;
}

/** Makes an instance ask FlexDeploy at once what became of its task. */
export const taskChanged = defineEvent({
  name: 'TaskChanged',
  data: TaskChanged,
  description: 'FlexDeploy says that something happened to the task',
});

export interface NotifyOnTaskOutput extends ApprovalOutcome {
  readonly taskId: string;
}

export const notifyOnTask = defineWorkflow<NotifyOnTaskOutput>()({
  name: 'NotifyOnTask',
  input: NotifyOnTaskInput,
  description: 'A FlexDeploy task becomes an approval; the decision goes back to FlexDeploy',
});
