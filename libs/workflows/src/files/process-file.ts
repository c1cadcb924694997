/**
 * Application 5: a file becomes available after its analysis and two approvals.
 *
 * The bytes are in blob storage, and in no message. What people may do with them is in the file's row, which
 * says that it is available only after everything here has said so.
 */
import {
  analyseFile,
  downloadApproved,
  markFile,
  processFile,
  registerFile,
  uploadApproved,
  type ApprovalPolicy,
  type ApprovalResult,
  type FileApproval,
  type FileFacts,
  type FileState,
  type FileStatus,
  type MarkFile,
  type ProcessFileOutput,
  type UploadedFile,
} from '@countersign/contracts';
import {
  call,
  CanceledError,
  setCustomStatus,
  shield,
  workflow,
  type Effect,
  type EventRef,
  type Operation,
} from '@countersign/workflow';
import { requestApproval } from '../approvals/request-approval';
import { fit } from '../note';
import { giveOutSubject, takeInSubject } from './subjects';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * 3600;

/** The store may be down for a day before it is given up. */
const PATIENT = { retry: { maxAttempts: 0 }, startToClose: MINUTE, scheduleToClose: 24 * HOUR } as const;
/** An attempt that hangs is given up; the next one begins again. */
const ANALYSIS = { ...PATIENT, startToClose: HOUR } as const;

/** What is known of a file while it is looked after. */
interface Known {
  readonly file: UploadedFile;
  readonly policy: ApprovalPolicy | undefined;
  /** Seconds. */
  readonly life: number;
  readonly facts?: FileFacts;
}

export const processFileV1 = workflow(
  processFile,
  { version: 1 },
  function* ({ approval: policy, approvalSeconds: life = WEEK, ...file }) {
    try {
      return yield* lookAfter({ file, policy, life });
    } catch (error) {
      if (error instanceof CanceledError)
        yield* shield(mark({ ...file, state: 'Refused', note: fit(error.message) }));
      throw error;
    }
  },
);

function* lookAfter(uploaded: Known): Generator<Effect, ProcessFileOutput, unknown> {
  const { file } = uploaded;
  const { fileId } = file;
  yield* show({ stage: 'received', name: file.name });
  yield* call(registerFile, file, PATIENT);
  const upload = yield* allowed(uploaded, 'awaiting-upload-approval', uploadApproved);
  if (upload.result.kind !== 'approved') {
    yield* close(uploaded, upload);
    return { fileId, available: false, upload: upload.result };
  }
  yield* show({ ...upload.status, stage: 'analysing' });
  const facts = yield* call(analyseFile, file, ANALYSIS);
  const analysed = { ...uploaded, facts };
  const download = yield* allowed(analysed, 'awaiting-download-approval', downloadApproved);
  yield* close(analysed, download);
  const available = download.result.kind === 'approved';
  return { fileId, available, facts, upload: upload.result, download: download.result };
}

/** One of the two approvals, and what it showed last. */
interface Answer {
  readonly result: ApprovalResult;
  readonly status: FileStatus;
}

function* allowed(
  { file, policy, life, facts }: Known,
  stage: FileStatus['stage'],
  door: EventRef<FileApproval>,
): Generator<Effect, Answer, unknown> {
  let status: FileStatus = { stage, name: file.name, ...(facts && { facts }) };
  const result = yield* requestApproval({
    ref: file.fileId,
    subject: facts ? giveOutSubject(file, facts) : takeInSubject(file),
    requestedBy: file.uploadedBy,
    policy,
    defaults: { ttlSeconds: life },
    door,
    show: (approval) => show((status = { ...status, approval })),
  });
  return { result, status };
}

/** The row says how it ended before anybody is told. */
function* close({ file, facts }: Known, { result, status }: Answer): Generator<Effect, void, unknown> {
  const [state, stage] = ENDS[result.kind] ?? REFUSED;
  const note = noteOf(result);
  yield* mark({ ...file, state, ...(facts && { facts }), ...(note !== undefined && { note }) });
  yield* show({ ...status, stage });
}

type End = readonly [FileState, FileStatus['stage']];
const REFUSED: End = ['Refused', 'refused'];
const ENDS: Partial<Record<ApprovalResult['kind'], End>> = {
  approved: ['Available', 'available'],
  expired: ['Expired', 'expired'],
};

function noteOf({ kind, by, reason }: ApprovalResult): string | undefined {
  if (by === undefined) return undefined;
  const why = reason === undefined ? '' : `: ${reason}`;
  return fit(`${kind === 'approved' ? 'Approved' : 'Refused'} by ${by.name} (${by.id})${why}`);
}

const mark = (input: MarkFile): Operation<unknown> => call(markFile, input, PATIENT);

const show = (status: FileStatus): Operation<void> => setCustomStatus(status);
