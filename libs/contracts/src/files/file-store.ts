/** Queue `files`: what is known of uploaded files. Their bytes are in blob storage, and in no message. */
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { defineActivity } from '../define';
import { Nested } from '../nested';

const queue = 'files';

/** Largest file, in bytes. */
export const MAX_FILE_BYTES = 100 * 1024 * 1024;
/** Container of blob storage that holds the files, one blob each, by file id. */
export const FILES_CONTAINER = 'files';
/** Table that holds a row per file (partition `files`, row key the file id). */
export const METADATA_TABLE = 'metadata';

export const FILE_STATES = ['Uploaded', 'Analysed', 'Available', 'Refused', 'Expired'] as const;
export type FileState = (typeof FILE_STATES)[number];

/** The row of a file. What it does not have, it has no column for. */
export interface FileRow {
  readonly Name: string;
  readonly ContentType: string;
  readonly Size: number;
  readonly State: FileState;
  readonly UploadedAt: string;
  readonly UploadedBy?: string;
  /** Run of the instance that wrote it, as text: it may be longer than a column of whole numbers. */
  readonly Run: string;
  /** Who decided, and why. */
  readonly Note?: string;
  readonly Sha256?: string;
  readonly DetectedType?: string;
  readonly Characters?: number;
  readonly Words?: number;
  readonly Lines?: number;
  readonly Width?: number;
  readonly Height?: number;
}

/** Where the row of a file is in the table. */
export const fileKey = (fileId: string) => ({ partitionKey: 'files', rowKey: fileId });

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

/** As for every activity of this queue: carries all that the row holds, so that one that vanished is written anew. */
export class AnalyseFile extends UploadedFile {}

/** Of text. */
export class TextFacts {
  /** Unicode code points. */
  @IsInt()
  @Min(0)
  characters!: number;

  /** Runs of anything but white space. */
  @IsInt()
  @Min(0)
  words!: number;

  /** Ended by `\n`; a last one without it counts. */
  @IsInt()
  @Min(0)
  lines!: number;
}

/** Of an image, in pixels. */
export class ImageFacts {
  @IsInt()
  @Min(0)
  width!: number;

  @IsInt()
  @Min(0)
  height!: number;
}

/** What the bytes say, whatever the client said. */
export class FileFacts {
  @IsInt()
  @Min(0)
  size!: number;

  /** Lower-case hexadecimal. */
  @Matches(/^[0-9a-f]{64}$/)
  sha256!: string;

  /** Media type by content; `application/octet-stream` when nothing is recognised. */
  @IsString()
  @Length(1, 255)
  detectedType!: string;

  @IsOptional()
  @Nested(() => TextFacts)
  text?: TextFacts;

  @IsOptional()
  @Nested(() => ImageFacts)
  image?: ImageFacts;
}

export const analyseFile = defineActivity<FileFacts>()({
  name: 'files.analyse',
  queue,
  input: AnalyseFile,
  description: 'Read a file and write down its facts',
});

export class MarkFile extends UploadedFile {
  @IsIn(FILE_STATES)
  state!: FileState;

  /** Who decided, and why. */
  @IsOptional()
  @IsString()
  @Length(1, 2000)
  note?: string;

  /** Where it was analysed. */
  @IsOptional()
  @Nested(() => FileFacts)
  facts?: FileFacts;
}

export const markFile = defineActivity<{ readonly marked: boolean }>()({
  name: 'files.mark',
  queue,
  input: MarkFile,
  description: "Write a file's state; the bytes of one that was refused before its analysis are deleted",
});
