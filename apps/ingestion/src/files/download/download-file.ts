import { type FileRow, type FileStatus, instanceIdProblem, processFile } from '@countersign/contracts';
import { WorkflowClient, workflowOf } from '@countersign/jetstream';
import { Problem } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { fileStatusOf } from '../approvals/file-fate';
import { FileStorage } from '../file-storage.client';

/** What is told of a file. */
export interface FileMetadata {
  readonly name: string;
  /** What its sender said that it is. */
  readonly contentType: string;
  readonly size: number;
  readonly uploadedAt: string;
  readonly uploadedBy?: string;
  readonly sha256?: string;
  /** What its bytes say that it is. */
  readonly detectedType?: string;
  readonly text?: { readonly characters: number; readonly words: number; readonly lines: number };
  readonly image?: { readonly width: number; readonly height: number };
}

export interface Download {
  readonly fileId: string;
  readonly metadata: FileMetadata;
  /** Gives the bytes to everybody who has it, until then. */
  readonly downloadUrl: string;
  readonly expiresAt: string;
}

type Stage = FileStatus['stage'];

const EVERYTHING = 'the approval of its upload, its analysis and the approval of its download';

/** What a file still needs, by its stage. */
const NEEDS: Readonly<Partial<Record<Stage, string>>> = {
  received: EVERYTHING,
  'awaiting-upload-approval': EVERYTHING,
  analysing: 'its analysis and the approval of its download',
  'awaiting-download-approval': 'the approval of its download',
};

/** Gives out files that may be. The row in the table says so, and outlives the instance that wrote it. */
@Injectable()
export class DownloadFile {
  constructor(
    private readonly storage: FileStorage,
    private readonly client: WorkflowClient,
  ) {}

  /**
   * @throws Problem 404 no such file, 403 it may not be downloaded (yet)
   * @throws CodedError `TableUnavailable`, `StorageUnavailable`
   */
  async run(fileId: string): Promise<Download> {
    if (instanceIdProblem(fileId) !== undefined) throw unknown();
    const row = await this.storage.row(fileId);
    if (row?.State !== 'Available') throw await this.refusal(fileId, row);
    const { url, expiresAt } = await this.storage.link(fileId, row.Name);
    return { fileId, metadata: metadataOf(row), downloadUrl: url, expiresAt };
  }

  private async refusal(fileId: string, row: FileRow | undefined): Promise<Problem> {
    if (row?.State === 'Refused')
      return refused('refused', `The file was refused.${row.Note ? ` ${row.Note}` : ''}`);
    if (row?.State === 'Expired') return refused('expired', 'Nobody approved the file in time.');
    const view = await this.client.read(fileId);
    const isFile = view !== undefined && workflowOf(view) === processFile.name;
    if (row === undefined && !isFile) return unknown();
    const shown = view && fileStatusOf(view)?.stage;
    const stage = shown ?? (row?.State === 'Analysed' ? 'awaiting-download-approval' : 'received');
    const needs = NEEDS[stage] ?? 'a moment: it is about to be decided';
    return refused(stage, `The file cannot be downloaded yet. It needs ${needs}.`);
  }
}

const unknown = () => new Problem(404, 'There is no such file.');

const refused = (stage: Stage, detail: string) =>
  new Problem(403, detail, { title: 'Not available', extensions: { stage } });

function metadataOf(row: FileRow): FileMetadata {
  const { UploadedBy, Sha256, DetectedType, Characters, Words, Lines, Width, Height } = row;
  return {
    name: row.Name,
    contentType: row.ContentType,
    size: row.Size,
    uploadedAt: row.UploadedAt,
    ...(UploadedBy !== undefined && { uploadedBy: UploadedBy }),
    ...(Sha256 !== undefined && { sha256: Sha256 }),
    ...(DetectedType !== undefined && { detectedType: DetectedType }),
    ...(Characters !== undefined && {
      text: { characters: Characters, words: Words ?? 0, lines: Lines ?? 0 },
    }),
    ...(Width !== undefined && { image: { width: Width, height: Height ?? 0 } }),
  };
}
