/** Application 5: a file becomes available after its analysis and two approvals. */
import { IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import type { ApprovalStatus } from '../approvals/approval';
import { Person } from '../approvals/approval';
import { ApprovalPolicy } from '../approvals/policy';
import type { ApprovalResult } from '../approvals/request-approval';
import { defineEvent, defineWorkflow } from '../define';
import { UploadedFile, type FileFacts } from './file-store';
import { Nested } from '../nested';

export class ProcessFileInput extends UploadedFile {
  /** How long each approval is waited for, in seconds. Default: a week. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(365 * 24 * 3600)
  approvalSeconds?: number;

  /** Of both approvals. Without a channel they come by HTTP only. */
  @IsOptional()
  @Nested(() => ApprovalPolicy)
  approval?: ApprovalPolicy;
}

/** Data of the two events: an empty one approves. */
export class FileApproval {
  @IsOptional()
  @IsBoolean()
  approved?: boolean;

  @IsOptional()
  @IsString()
  @Length(1, 2000)
  reason?: string;

  @IsOptional()
  @Nested(() => Person)
  by?: Person;

  /** Of this request: tells who sent it what became of it. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  id?: string;
}

export const uploadApproved = defineEvent({
  name: 'UploadApproved',
  data: FileApproval,
  description: 'Somebody allows that a file is taken in, or does not',
});

export const downloadApproved = defineEvent({
  name: 'DownloadApproved',
  data: FileApproval,
  description: 'Somebody allows that a file is given out, or does not',
});

/** The custom status of the instance. */
export interface FileStatus {
  readonly stage:
    | 'received'
    | 'awaiting-upload-approval'
    | 'analysing'
    | 'awaiting-download-approval'
    | 'available'
    | 'refused'
    | 'expired';
  readonly name: string;
  readonly facts?: FileFacts;
  /** Of the approval that is waited for, where there is a message with buttons for it, and of the last one. */
  readonly approval?: ApprovalStatus;
}

export interface ProcessFileOutput {
  readonly fileId: string;
  readonly available: boolean;
  readonly facts?: FileFacts;
  /** Both approvals, as far as they came. */
  readonly upload: ApprovalResult;
  readonly download?: ApprovalResult;
}

export const processFile = defineWorkflow<ProcessFileOutput>()({
  name: 'ProcessFile',
  input: ProcessFileInput,
  description: 'A file becomes available after its analysis and two approvals',
});
