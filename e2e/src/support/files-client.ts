/** What people do with files: upload, approve, refuse, download. And a look at what storage holds. */
import type { FileStatus, ProcessFileOutput } from '@countersign/contracts';
import { BlobServiceClient } from '@azure/storage-blob';
import { tableOf } from './audit-table';
import { eventually } from '@countersign/testing';
import { type Answer, type Requester, requester } from './request';
import { storageOf } from './storage';
import type { TestStack } from './test-stack';

export const FILE_SERVICES = ['ingestion', 'saga-coordinator', 'status-api', 'file-store'] as const;

/** Large files take their time on a busy machine. */
const UPLOAD_WITHIN_MS = 60_000;

export interface FileInstance {
  readonly status: string;
  readonly customStatus?: FileStatus;
  readonly result?: ProcessFileOutput;
  readonly progress?: { readonly bytes: number; readonly of: number };
  readonly error?: { readonly code: string };
}

export interface Download {
  readonly fileId: string;
  readonly metadata: Record<string, unknown>;
  readonly downloadUrl: string;
  readonly expiresAt: string;
}

export class FilesClient {
  readonly request: Requester;

  constructor(private readonly stack: TestStack) {
    this.request = requester(stack.url);
  }

  async upload(
    query: string,
    body: NonNullable<RequestInit['body']>,
    headers: Record<string, string> = {},
    origin = this.stack.url,
  ): Promise<Answer> {
    const signal = AbortSignal.timeout(UPLOAD_WITHIN_MS);
    const url = `${origin}/api/file/add${query}`;
    const answer = await fetch(url, { method: 'POST', body, headers, signal });
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  }

  /** @returns the id of the uploaded file */
  async uploaded(
    query: string,
    body: NonNullable<RequestInit['body']>,
    type = 'text/plain',
  ): Promise<string> {
    const answer = await this.upload(query, body, { 'content-type': type });
    if (answer.status !== 201) throw new Error(`Not taken: ${answer.status} ${JSON.stringify(answer.body)}`);
    return (answer.body as { fileId: string }).fileId;
  }

  /** @param path such as `approve/download` */
  decide(path: string, fileId: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.request('POST', `/api/${path}/${fileId}`, body, headers);
  }

  download(fileId: string): Promise<Answer> {
    return this.request('GET', `/api/download/${fileId}`);
  }

  async instance(fileId: string): Promise<FileInstance> {
    return (await this.request('GET', `/api/status/${fileId}`)).body as FileInstance;
  }

  /** Resolves when the file is that far. */
  reached(fileId: string, stage: FileStatus['stage'], patience?: number): Promise<FileInstance> {
    return eventually(
      () => this.instance(fileId),
      ({ customStatus }) => customStatus?.stage === stage,
      patience,
    );
  }

  ended(fileId: string): Promise<FileInstance> {
    return eventually(
      () => this.instance(fileId),
      ({ status }) => status === 'Completed',
    );
  }

  /** All that counts as a file in storage: names of blobs, and keys of rows. */
  async stored(): Promise<{ blobs: string[]; rows: string[] }> {
    const [blobs, rows]: [string[], string[]] = [[], []];
    const blobService = BlobServiceClient.fromConnectionString(storageOf(this.stack));
    const container = blobService.getContainerClient('files');
    if (await container.exists()) for await (const { name } of container.listBlobsFlat()) blobs.push(name);
    const table = tableOf(this.stack, 'metadata');
    await table.createTable();
    for await (const { rowKey } of table.listEntities()) rows.push(rowKey ?? '');
    return { blobs, rows };
  }
}
