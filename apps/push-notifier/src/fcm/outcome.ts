/**
 * What FCM's answers mean. Sources: "FCM error codes" and the reference of `ErrorCode` (FCM HTTP v1), and "Best
 * practices for FCM registration token management" for the two answers that tell of a token of no use.
 */
import type { PushOutcome } from '@countersign/contracts';
import { mayPass, quoted } from '@countersign/service';
import { TerminalError } from '@countersign/workflow';
import { type Answer, unavailable } from './exchange';

const FCM_ERROR = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

/** FCM's own code of an error: the status of the HTTP answer is shared by several. */
export const errorCodeOf = (answer: Answer): string | undefined => {
  const code = detailOf(answer, FCM_ERROR)?.['errorCode'];
  return typeof code === 'string' ? code : undefined;
};

/** Whether the access token was refused. With a code of FCM's own it is Apple or a browser who refuses. */
export const refusesToken = (answer: Answer): boolean =>
  answer.status === 401 && errorCodeOf(answer) !== 'THIRD_PARTY_AUTH_ERROR';

/** @throws CodedError `FcmUnavailable` (retryable); TerminalError `FcmUnauthorized`, `FcmRefused` */
export function outcomeOf(answer: Answer, projectId: string): PushOutcome {
  const { name } = answer.body;
  if (answer.status === 200 && typeof name === 'string') return { outcome: 'sent', name };
  if (isUnregistered(answer)) return { outcome: 'unregistered', reason: reasonOf(answer) };
  const said = `FCM answered ${answer.status}: ${quoted(answer)}`;
  if (mayPass(answer)) throw unavailable(said);
  throw new TerminalError(...adviceOn(answer, projectId, said), { details: { status: answer.status } });
}

function isUnregistered(answer: Answer): boolean {
  const code = errorCodeOf(answer);
  if (code === 'UNREGISTERED') return true;
  return answer.status === 400 && code === 'INVALID_ARGUMENT' && blamesToken(answer);
}

/** `INVALID_ARGUMENT` may be any part of the message: either the token is named, or the text speaks of it. */
function blamesToken(answer: Answer): boolean {
  const violations = detailOf(answer, BAD_REQUEST)?.['fieldViolations'];
  if (Array.isArray(violations))
    return violations.some((violation) => (violation as { field?: unknown }).field === 'message.token');
  return /registration token/i.test(messageOf(answer));
}

function adviceOn(answer: Answer, project: string, said: string): [code: string, message: string] {
  const code = errorCodeOf(answer);
  if (code === 'THIRD_PARTY_AUTH_ERROR')
    return [
      'FcmUnauthorized',
      `Apple or the browser's push service refuses project ${project}: renew the APNs key or the web push ` +
        `certificate in the Firebase console. ${said}`,
    ];
  if (code === 'SENDER_ID_MISMATCH')
    return [
      'FcmRefused',
      `The device is registered with another Firebase project than ${project}: check that ` +
        `FCM_SERVICE_ACCOUNT_FILE is of the project that the app was built for. ${said}`,
    ];
  if (answer.status === 401)
    return [
      'FcmUnauthorized',
      `FCM does not accept the service account, also with a new access token: check FCM_SERVICE_ACCOUNT_FILE. ${said}`,
    ];
  if (answer.status === 403)
    return [
      'FcmUnauthorized',
      `The service account may not send for project ${project}: give it the role Firebase Cloud Messaging API ` +
        `Admin, and enable the Firebase Cloud Messaging API. ${said}`,
    ];
  if (answer.status === 404)
    return [
      'FcmRefused',
      `There is no project ${project} at FCM_URL: check both and FCM_SERVICE_ACCOUNT_FILE. ${said}`,
    ];
  return ['FcmRefused', said];
}

const reasonOf = (answer: Answer): string =>
  `${errorCodeOf(answer) ?? answer.status}: ${messageOf(answer) || quoted(answer)}`;

const errorOf = ({ body: { error } }: Answer): Readonly<Record<string, unknown>> =>
  typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};

const messageOf = (answer: Answer): string => {
  const { message } = errorOf(answer);
  return typeof message === 'string' ? message : '';
};

function detailOf(answer: Answer, type: string): Readonly<Record<string, unknown>> | undefined {
  const { details } = errorOf(answer);
  const all = Array.isArray(details) ? (details as Record<string, unknown>[]) : [];
  return all.find((detail) => detail?.['@type'] === type);
}
