import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { FaultBoard, type FaultTarget } from './fault-board';

/** Milliseconds by which a slow stand-in answers late. */
const SLOW = 3000;
/** Seconds in Retry-After. */
const RETRY_AFTER = 1;

type Incoming = IncomingMessage & { originalUrl?: string };

/** Those that speak HTTP. */
type HttpTarget = Exclude<FaultTarget, 'mail'>;

interface Refusal {
  readonly status: number;
  readonly body: object;
  readonly headers?: Record<string, string>;
}

/** What each system lies under. Google's token endpoint fails with the pushes. */
export const FAULT_PLACES: readonly (readonly [string, HttpTarget])[] = [
  ['/sandbox/slack/', 'slack'],
  ['/sandbox/flexdeploy/', 'flexdeploy'],
  ['/sandbox/fcm/', 'fcm'],
  ['/sandbox/oauth/', 'fcm'],
];

const REFUSALS: Record<HttpTarget, Record<'unauthorized' | 'rate-limit', Refusal>> = {
  slack: {
    unauthorized: { status: 200, body: { ok: false, error: 'invalid_auth' } },
    'rate-limit': { status: 429, body: { ok: false, error: 'ratelimited' } },
  },
  flexdeploy: {
    unauthorized: {
      status: 401,
      body: { status: 401, message: 'User name, password or API token is wrong' },
      headers: { 'WWW-Authenticate': 'Basic realm="FlexDeploy"' },
    },
    'rate-limit': { status: 429, body: { status: 429, message: 'Too many requests' } },
  },
  fcm: {
    unauthorized: {
      status: 401,
      body: {
        error: {
          code: 401,
          message: 'Request had invalid authentication credentials.',
          status: 'UNAUTHENTICATED',
        },
      },
    },
    'rate-limit': {
      status: 429,
      body: {
        error: {
          code: 429,
          message: 'Quota exceeded.',
          status: 'RESOURCE_EXHAUSTED',
          details: [
            { '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode: 'QUOTA_EXCEEDED' },
          ],
        },
      },
    },
  },
};

/** Makes the stand-ins fail as the fault board says, before anything else sees the request. */
@Injectable()
export class FaultMiddleware implements NestMiddleware<Incoming, ServerResponse> {
  constructor(private readonly board: FaultBoard) {}

  use(request: Incoming, response: ServerResponse, next: () => void): void {
    const target = FAULT_PLACES.find(([place]) => request.originalUrl?.startsWith(place))?.[1];
    if (target === undefined) return next();
    const fault = this.board.meet(target);
    if (fault === undefined) return next();
    switch (fault.mode) {
      case 'down':
        request.socket.destroy();
        return;
      case 'slow':
        answerLate(response);
        return next();
      case 'error':
        return refuse(response, { status: fault.status, body: { message: 'Failing on demand' } });
      case 'rate-limit':
        return refuse(response, {
          ...REFUSALS[target]['rate-limit'],
          headers: { 'Retry-After': String(RETRY_AFTER) },
        });
      case 'unauthorized':
        return refuse(response, REFUSALS[target].unauthorized);
    }
  }
}

/** What is asked for happens at once, and stays done when the client has given up before the answer comes. */
function answerLate(response: ServerResponse): void {
  const end = response.end.bind(response) as (...parts: unknown[]) => ServerResponse;
  response.end = (...parts: unknown[]) => {
    setTimeout(() => end(...parts), SLOW);
    return response;
  };
}

function refuse(response: ServerResponse, { status, body, headers }: Refusal): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(body));
}
