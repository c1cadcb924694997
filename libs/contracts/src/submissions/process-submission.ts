/** Application 3: a talk is moderated, shortlisted and selected. */
import { IsOptional } from 'class-validator';
import { ApprovalPolicy } from '../approvals/policy';
import { defineWorkflow } from '../define';
import { Talk } from './reviews';
import { Nested } from '../nested';

export class ProcessSubmissionInput extends Talk {
  /** People make the selection, as this says. Default: the reviewer's rules do. */
  @IsOptional()
  @Nested(() => ApprovalPolicy)
  approval?: ApprovalPolicy;
}

/** The custom status of the instance, in this order. */
export const SUBMISSION_STAGES = ['Moderation', 'Shortlisting', 'Selection', 'Approved', 'Rejected'] as const;
export type SubmissionStage = (typeof SUBMISSION_STAGES)[number];

/** Completes with whether the talk is in the programme. */
export const processSubmission = defineWorkflow<boolean>()({
  name: 'ProcessSubmission',
  input: ProcessSubmissionInput,
  description: 'A talk is moderated, shortlisted and selected',
  retryAfterSeconds: 20,
});
