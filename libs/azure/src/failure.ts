import { CodedError, TerminalError } from '@countersign/workflow';

/** What a request was about, for the error that says it failed. */
export interface Target {
  /** For people to read, and the first word of the error's code: `Table`, `Blob`. */
  readonly service: string;
  /** Name of the table or container. */
  readonly name: string;
  /** The setting to check when the credentials are refused. */
  readonly setting: string;
}

/** Short: who calls has a retry policy of its own. Delays in milliseconds. */
export const RETRIES = { tries: 3, delay: 100, maxDelay: 1_000 } as const;

/** HTTP status of the answer that an Azure client threw as an error; undefined when there was none. */
export function statusOf(error: unknown): number | undefined {
  const status = (error as { readonly statusCode?: unknown } | undefined)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/**
 * `<service>Refused` (terminal) when the service refuses the credentials or the request,
 * `<service>Unavailable` (retryable) when it cannot be reached or has failed.
 */
export function failure({ service, name, setting }: Target, cause: unknown): CodedError {
  const status = statusOf(cause);
  const reason = cause instanceof Error ? firstLine(cause.message) : String(cause);
  const refused = (message: string) => new TerminalError(`${service}Refused`, message, { cause });
  if (status === 401 || status === 403)
    return refused(`Azure ${service} refused access to ${name} (${status}): check ${setting}.`);
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429)
    return refused(`Azure ${service} refused a request to ${name}: ${reason}`);
  const message = `Azure ${service} ${name} cannot be reached: ${reason}`;
  return new CodedError(`${service}Unavailable`, message, { cause, retryable: true });
}

/** What a refusal means, by HTTP status. */
export type Answers<T> = Readonly<Record<number, (error: unknown) => T | Promise<T>>>;

/** Makes requests of one target; what a caller has an answer for, by HTTP status, is no failure. Throws {@link failure}. */
export const attempting =
  (target: Target) =>
  async <T>(request: () => Promise<T>, answers: Answers<T> = {}): Promise<T> => {
    try {
      return await request();
    } catch (error) {
      const answer = answers[statusOf(error) ?? 0];
      if (answer) return answer(error);
      throw failure(target, error);
    }
  };

/** Whichever comes first: the caller gives up, or the time in milliseconds is over. */
export const within = (ms: number, signal?: AbortSignal): AbortSignal => {
  const timeout = AbortSignal.timeout(ms);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
};

/** What servers say can be long, and the rest is for their own support. */
export const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, 300) ?? '';
