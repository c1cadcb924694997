/** What specs of files share: real storage, and the steps that a coordinator would write. */
import type { FileStatus } from '@countersign/contracts';
import { aStep, startAzurite } from '@countersign/testing';
import type { Json, Step } from '@countersign/workflow';
import { RunningIngestion } from './running-ingestion';

/** Ingestion that takes files. */
export async function startWithStorage(settings: Record<string, string> = {}) {
  const azurite = await startAzurite({ table: true, blob: true });
  const { connectionString } = azurite;
  const storage = { TABLES_CONNECTION_STRING: connectionString, BLOBS_CONNECTION_STRING: connectionString };
  return { azurite, ingestion: await RunningIngestion.start({ ...storage, ...settings }) };
}

/** Uploads a file; `query` begins with a question mark. */
export const send = (
  { url }: RunningIngestion,
  query: string,
  body: NonNullable<RequestInit['body']> | null,
  headers: Record<string, string> = {},
) => fetch(`${url}/api/file/add${query}`, { method: 'POST', body, headers });

export const idOf = async (answer: Response) => ((await answer.json()) as { fileId: string }).fileId;

const subject = { description: 'May it?', facts: [] };
/** An approval that nobody has decided yet. */
export const waiting = { stage: 'waiting', subject, dueAt: '2031-03-04T10:30:00.000Z' } as const;

/** What a coordinator would write of a file. */
export const stepOf = (status: FileStatus, more: Partial<Step> = {}) =>
  aStep({ workflow: 'ProcessFile', customStatus: status as unknown as Json, ...more });

let files = 0;
/** The id of a file that has come that far; its workflow has not begun without a stage. */
export async function fileIn(
  ingestion: RunningIngestion,
  stage: FileStatus['stage'] | undefined,
): Promise<string> {
  const id = `file-${++files}`;
  await ingestion.client.start({ workflow: 'ProcessFile', id, input: {} });
  if (stage !== undefined) await ingestion.writeStep(id, stepOf({ stage, name: 'a.txt', approval: waiting }));
  return id;
}
