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
import { WebApi } from './web-api';

@Catch(SlackError)
class SlackErrorFilter implements ExceptionFilter<SlackError> {
  catch(error: SlackError, host: ArgumentsHost): void {
    void host.switchToHttp().getResponse<FastifyReply>().status(200).send(error.body);
  }
}

/** The bot token, as Slack takes it: in the Authorization header or as the argument `token`. */
@Injectable()
class BotTokenGuard implements CanActivate {
  constructor(private readonly config: SandboxConfig) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers, body } = context.switchToHttp().getRequest<FastifyRequest<{ Body: unknown }>>();
    const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1];
    const token = bearer ?? new SlackArguments(fieldsOf(body)).text('token');
    if (token === undefined) throw new SlackError('not_authed');
    if (token !== this.config.slackBotToken) throw new SlackError('invalid_auth');
    return true;
  }
}

@Controller('sandbox/slack/api')
@UseFilters(SlackErrorFilter)
export class WebApiController {
  constructor(private readonly api: WebApi) {}

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
