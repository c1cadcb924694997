import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { validated } from '@countersign/service';
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { DISCONNECT_REASONS, SocketMode, type DisconnectReason } from '../slack/socket-mode';

class Disconnect {
  /** Default: `refresh_requested`. */
  @IsOptional()
  @IsIn(DISCONNECT_REASONS)
  reason?: DisconnectReason;

  /** The connections break, and Slack says nothing. */
  @IsOptional()
  @IsBoolean()
  abrupt?: boolean;
}

/** Looks at the Socket Mode connections of the stand-in Slack, and ends them. */
@Controller('sandbox/api/slack/sockets')
export class SocketsControlController {
  constructor(private readonly sockets: SocketMode) {}

  @Get()
  count() {
    return { connected: this.sockets.connected };
  }

  @Post('disconnect')
  @HttpCode(204)
  disconnect(@Body(validated(Disconnect)) { reason = 'refresh_requested', abrupt }: Disconnect): void {
    if (abrupt === true) this.sockets.drop();
    else this.sockets.disconnect(reason);
  }
}
