/** Queue `files`: what is known of uploaded files. Their bytes are in blob storage, and in no message. */
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { defineActivity } from '../define';

const queue = 'files';

/** Largest file, in bytes. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;
/** Container of blob storage that holds the files, one blob each, by file id. */
export const FILES_CONTAINER = 'files';
/** Table that holds a row per file (partition `files`, row key the file id). */
export const METADATA_TABLE = 'metadata';

export const FILE_STATES = ['Uploaded', 'Analysed', 'Available', 'Refused', 'Expired'] as const;
export type FileState = (typeof FILE_STATES)[number];

/** A file as it was uploaded. */
export class UploadedFile {
  /** Also the id of the workflow instance that looks after it. */
  @IsString()
  @Length(1, 200)
  fileId!: string;

  /** The last part of the name that the client gave. */
  @IsString()
  @Length(1, 255)
  name!: string;

  /** What the client says that it is. */
  @IsString()
  @Length(1, 255)
  contentType!: string;

  /** Bytes. */
  @IsInt()
  @Min(1)
  @Max(MAX_FILE_BYTES)
  size!: number;

  @IsISO8601()
  uploadedAt!: string;

  /** Who uploaded it, under the id by which approvers are known. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  uploadedBy?: string;
}

export const registerFile = defineActivity<{ readonly registered: true }>()({
  name: 'files.register',
  queue,
  input: UploadedFile,
  description: 'Write the row of an uploaded file',
});

export class AnalyseFile {
  @IsString()
  @Length(1, 200)
  fileId!: string;
}

/** What the bytes say, whatever the client said. */
export interface FileFacts {
  readonly size: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Media type by content; `application/octet-stream` when nothing is recognised. */
  readonly detectedType: string;
  /** Of text. Lines are ended by `\n`; a last one without it counts. */
  readonly text?: { readonly characters: number; readonly words: number; readonly lines: number };
  /** Of an image, in pixels. */
  readonly image?: { readonly width: number; readonly height: number };
}

export const analyseFile = defineActivity<FileFacts>()({
  name: 'files.analyse',
  queue,
  input: AnalyseFile,
  description: 'Read a file and write down its facts',
});

export class MarkFile {
  @IsString()
  @Length(1, 200)
  fileId!: string;

  @IsIn(FILE_STATES)
  state!: FileState;

  /** Who decided, and why. */
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  note?: string;
}

export const markFile = defineActivity<{ readonly marked: boolean }>()({
  name: 'files.mark',
  queue,
  input: MarkFile,
  description: "Write a file's state; the bytes of one that was refused before its analysis are deleted",
});
