import { Injectable } from '@nestjs/common';
import { SandboxConfig } from '../config';

/** What ingestion answered. */
export interface Answer {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The body, cut after 2,000 characters, or why there was no answer. */
  readonly body: string;
  readonly milliseconds: number;
  readonly location?: string;
}

export interface Request {
  readonly path: string;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds. */
  readonly answerWithin: number;
}

const MAX_BODY = 2000;

@Injectable()
export class IngestionClient {
  constructor(private readonly config: SandboxConfig) {}

  /** Never throws: that there was no answer is an answer too. */
  async post({ path, contentType, headers, body, answerWithin }: Request): Promise<Answer> {
    const start = performance.now();
    const signal = AbortSignal.timeout(answerWithin);
    const elapsed = () => Math.round(performance.now() - start);
    try {
      const response = await fetch(new URL(path, this.config.ingestionUrl), {
        method: 'POST',
        headers: { 'content-type': contentType, ...headers },
        body,
        signal,
      });
      const text = (await response.text()).slice(0, MAX_BODY);
      const location = response.headers.get('location');
      return {
        status: response.status,
        body: text,
        milliseconds: elapsed(),
        ...(location === null ? {} : { location }),
      };
    } catch (error) {
      const reason = signal.aborted ? `no answer within ${answerWithin} ms` : reasonOf(error);
      return { status: 0, body: reason, milliseconds: elapsed() };
    }
  }
}

/** `fetch` hides what happened in the cause: `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return String(code ?? cause);
}
