import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Google's names of errors (google.rpc.Code), and the HTTP status of each. */
const STATUSES = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
} as const;

interface Details {
  /** FCM's own code (firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode). */
  readonly errorCode?: 'INVALID_ARGUMENT' | 'UNREGISTERED';
  /** The field that is wrong. */
  readonly field?: string;
}

/** A refusal in the words of FCM HTTP v1. */
export class FcmError extends Error {
  constructor(
    readonly status: keyof typeof STATUSES,
    message: string,
    private readonly details: Details = {},
  ) {
    super(message);
  }

  get code(): number {
    return STATUSES[this.status];
  }

  get body(): object {
    const { errorCode, field } = this.details;
    const details = [
      ...(errorCode === undefined
        ? []
        : [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }]),
      ...(field === undefined
        ? []
        : [
            {
              '@type': 'type.googleapis.com/google.rpc.BadRequest',
              fieldViolations: [{ field, description: this.message }],
            },
          ]),
    ];
    const { code, message, status } = this;
    return { error: { code, message, status, ...(details.length > 0 && { details }) } };
  }
}

@Catch(FcmError)
export class FcmErrorFilter implements ExceptionFilter<FcmError> {
  catch(error: FcmError, host: ArgumentsHost): void {
    void host.switchToHttp().getResponse<FastifyReply>().status(error.code).send(error.body);
  }
}
