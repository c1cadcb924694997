import type { FlexDeployTask } from '@countersign/contracts';
import { mayPass, quoted } from '@countersign/service';
import { CodedError, TerminalError } from '@countersign/workflow';

/** What FlexDeploy answered to one request. */
export interface Answer {
  readonly request: string;
  readonly status: number;
  readonly text: string;
}

export const accepted = ({ status }: Answer): boolean => status >= 200 && status < 300;

/** @throws CodedError `FlexDeployUnavailable` (retryable), TerminalError `FlexDeployUnauthorized`; else nothing */
export function refuseUnusable(answer: Answer): void {
  const { request, status } = answer;
  if (status === 401 || status === 403)
    throw new TerminalError(
      'FlexDeployUnauthorized',
      `FlexDeploy answered ${status} to ${request}: check FLEXDEPLOY_USER and its password or token, ` +
        'and that this user may approve the task.',
    );
  if (!accepted(answer) && mayPass(answer))
    throw unavailable(`FlexDeploy answered ${status} to ${request}: ${quoted(answer)}`);
}

/** @throws CodedError `FlexDeployUnavailable` (retryable): a proxy's page, for example */
export function taskOf(answer: Answer, taskId: string): FlexDeployTask {
  const body = json(answer.text);
  const { status, notes } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >;
  if (typeof status !== 'string')
    throw unavailable(
      `FlexDeploy’s answer to ${answer.request} is no task (is FLEXDEPLOY_URL right?): ${quoted(answer)}`,
    );
  return { found: true, taskId, status, ...(typeof notes === 'string' ? { notes } : {}) };
}

export const unavailable = (message: string, cause?: unknown): CodedError =>
  new CodedError('FlexDeployUnavailable', message, {
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the caller tells what came instead
  }
}
