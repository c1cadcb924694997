/** An approval on its own: what other workflows start as a child, and anybody by HTTP. */
import { IsOptional, IsString, Length } from 'class-validator';
import { defineEvent, defineWorkflow } from '../define';
import { Subject, type ApprovalOutcome, type Refusal, type Vote } from './approval';
import { ApprovalPolicy } from './policy';
import { Nested } from '../nested';

export class RequestApprovalInput {
  @Nested(() => Subject)
  subject!: Subject;

  /** Who asks, under the id by which approvers are known. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  requestedBy?: string;

  /** Default: anybody in the Slack channel decides, within a day. */
  @IsOptional()
  @Nested(() => ApprovalPolicy)
  approval?: ApprovalPolicy;
}

/** How an approval ended, with every click. */
export interface ApprovalResult extends ApprovalOutcome {
  /** Those that counted, oldest first. */
  readonly votes: readonly Vote[];
  /** The newest of those that did not, oldest first. */
  readonly refusals: readonly Refusal[];
}

export const requestApproval = defineWorkflow<ApprovalResult>()({
  name: 'RequestApproval',
  input: RequestApprovalInput,
  description: 'People decide something, as a policy says',
});

export class WithdrawApproval {
  @IsString()
  @Length(1, 2000)
  reason!: string;
}

/**
 * Takes a request back: buttons and token become useless. Raised by a workflow that had started the request as
 * its child and was cancelled: a child goes on by itself otherwise.
 */
export const withdrawApproval = defineEvent({
  name: 'Withdraw',
  data: WithdrawApproval,
  description: 'Nobody needs the decision any more',
});
