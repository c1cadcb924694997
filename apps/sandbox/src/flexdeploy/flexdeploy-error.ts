import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** A refusal of the stand-in FlexDeploy. The real one's bodies are not documented: only `status` can be relied on. */
export class FlexDeployError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

@Catch(FlexDeployError)
export class FlexDeployErrorFilter implements ExceptionFilter<FlexDeployError> {
  catch({ status, message }: FlexDeployError, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>().status(status);
    if (status === 401) void reply.header('WWW-Authenticate', 'Basic realm="FlexDeploy"');
    void reply.send({ status, message });
  }
}
