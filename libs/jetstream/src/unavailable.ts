import { CodedError } from '@countersign/workflow';

/** JetStream cannot be reached or did not answer in time: the same request may succeed later (HTTP 503). */
export const storageUnavailable = (message: string, cause?: unknown): CodedError =>
  new CodedError('StorageUnavailable', message, { retryable: true, ...(cause !== undefined && { cause }) });
