import {
  All,
  Body,
  Catch,
  Controller,
  HttpCode,
  Injectable,
  Param,
  Query,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { ArgumentsHost, CanActivate, ExceptionFilter, ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SandboxConfig } from '../config';
import { SlackArguments } from './arguments';
import { SlackError } from './slack-error';
import { SocketMode } from './socket-mode';
import { WebApi } from './web-api';

@Catch(SlackError)
class SlackErrorFilter implements ExceptionFilter<SlackError> {
  catch(error: SlackError, host: ArgumentsHost): void {
    void host.switchToHttp().getResponse<FastifyReply>().status(200).send(error.body);
  }
}

/** A token, as Slack takes it: in the Authorization header or as the argument `token`. Throws SlackError. */
function checkToken(context: ExecutionContext, accepted: string | undefined): true {
  const { headers, body } = context.switchToHttp().getRequest<FastifyRequest<{ Body: unknown }>>();
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
  const token = bearer ?? new SlackArguments(fieldsOf(body)).text('token');
  if (token === undefined) throw new SlackError('not_authed');
  if (token !== accepted) throw new SlackError('invalid_auth');
  return true;
}

@Injectable()
class BotTokenGuard implements CanActivate {
  constructor(private readonly config: SandboxConfig) {}

  canActivate(context: ExecutionContext): boolean {
    return checkToken(context, this.config.slackBotToken);
  }
}

/** The one that opens Socket Mode connections (`xapp-…`). */
@Injectable()
class AppTokenGuard implements CanActivate {
  constructor(private readonly config: SandboxConfig) {}

  canActivate(context: ExecutionContext): boolean {
    return checkToken(context, this.config.slackAppToken);
  }
}

@Controller('sandbox/slack/api')
@UseFilters(SlackErrorFilter)
export class WebApiController {
  constructor(
    private readonly api: WebApi,
    private readonly sockets: SocketMode,
  ) {}

  @All('apps.connections.open')
  @HttpCode(200)
  @UseGuards(AppTokenGuard)
  openConnection() {
    return { ok: true, url: this.sockets.issueUrl() };
  }

  @All(':method')
  @HttpCode(200)
  @UseGuards(BotTokenGuard)
  call(@Param('method') method: string, @Query() query: object, @Body() body: unknown) {
    return this.api.call(method, new SlackArguments({ ...query, ...fieldsOf(body) }));
  }
}

function fieldsOf(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}
