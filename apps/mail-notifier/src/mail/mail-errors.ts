import { CodedError, TerminalError } from '@countersign/workflow';

/** What nodemailer adds to an error. */
interface SmtpFailure {
  /** Nodemailer's own name for what went wrong: `EAUTH`, `EENVELOPE`. */
  readonly code?: string;
  /** The server's answer (RFC 5321, 4.2). */
  readonly responseCode?: number;
  readonly response?: string;
  /** What it answered to: `RCPT TO`. */
  readonly command?: string;
}

/**
 * Turns what nodemailer throws into errors of ours. What the server calls permanent (5yz) is `MailRefused`;
 * everything else may work later and is `MailUnavailable`. 503 (bad sequence of commands) is about the
 * session rather than the message, so it may, too.
 */
export function mailError(to: string, cause: unknown): CodedError {
  const { code, responseCode = 0, response, command } = (cause instanceof Error ? cause : {}) as SmtpFailure;
  const said = (response ?? (cause instanceof Error ? cause.message : String(cause))).slice(0, 500);
  if (responseCode < 500 || responseCode === 503)
    return new CodedError('MailUnavailable', `The message to ${to} could not be sent: ${said}`, {
      cause,
      retryable: true,
    });
  const advice = adviceOf(code, command);
  return new TerminalError(
    'MailRefused',
    `The mail server refused the message to ${to}: ${said}. ${advice}`,
    {
      cause,
      details: { responseCode, ...(command !== undefined && { command }) },
    },
  );
}

function adviceOf(code: string | undefined, command: string | undefined): string {
  if (code === 'EAUTH') return 'Check SMTP_USER and SMTP_PASSWORD.';
  if (command === 'STARTTLS') return 'The server does not encrypt that way; check SMTP_PORT and SMTP_TLS.';
  if (command === 'RCPT TO') return 'Check the address, and that the server may be used to send there.';
  if (command === 'MAIL FROM') return 'Check MAIL_FROM, and that SMTP_USER may send under that address.';
  return 'The server does not take this message, or none from here; its answer says why.';
}

/** Whether the server does not know the recipient any more. */
export const isRecipientRefused = (error: unknown): error is TerminalError =>
  error instanceof TerminalError &&
  typeof error.details === 'object' &&
  (error.details as { command?: unknown }).command === 'RCPT TO';
