/** Application 1: a FlexDeploy task is decided by a person in a channel. */
import { IsInt, IsOptional, IsString, Length, Max, Min, ValidateBy } from 'class-validator';
import { defineWorkflow } from '../define';
import type { ApprovalOutcome } from './approval';

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

  /** How often FlexDeploy is asked whether the task was decided there, in seconds. Default: five minutes. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(24 * 3600)
  reconcileSeconds?: number;
}

export interface NotifyOnTaskOutput extends ApprovalOutcome {
  readonly taskId: string;
}

export const notifyOnTask = defineWorkflow<NotifyOnTaskOutput>()({
  name: 'NotifyOnTask',
  input: NotifyOnTaskInput,
  description: 'A FlexDeploy task becomes an approval; the decision goes back to FlexDeploy',
});
