import { IsBoolean, Length } from 'class-validator';
import { Problem, validated } from '@countersign/service';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { CustomerApp } from '../fcm/customer-app';
import { Devices, type PushRecord } from '../fcm/devices';
import type { Answer } from '../ingestion/ingestion.client';

class Order {
  /** The device's registration. */
  @Length(1, 4096)
  regId!: string;

  @Length(1, 200)
  item!: string;
}

class CustomerAnswer {
  @IsBoolean()
  approved!: boolean;
}

/** Looks at the devices that the stand-in FCM pushes to, and uses them. */
@Controller('sandbox/api/fcm')
export class FcmControlController {
  constructor(
    private readonly devices: Devices,
    private readonly app: CustomerApp,
  ) {}

  /** Newest last. */
  @Get('pushes')
  pushes(): readonly PushRecord[] {
    return this.devices.list();
  }

  /** The customer accepts or declines; `id` is the last part of the push's name. */
  @Post('pushes/:id/answer')
  @HttpCode(200)
  async answer(
    @Param('id') id: string,
    @Body(validated(CustomerAnswer)) { approved }: CustomerAnswer,
  ): Promise<Answer> {
    const push = this.devices.find(id);
    if (push === undefined) throw new Problem(404, `There is no push ${id}.`);
    const answer = await this.app.answer(push, approved);
    if (answer === undefined) throw new Problem(409, `The push ${id} names no order.`);
    return answer;
  }

  /** The app was removed from the device: FCM knows its registration no more. */
  @Post('devices/:token/unregister')
  @HttpCode(204)
  unregister(@Param('token') token: string): void {
    this.devices.unregister(token);
  }

  /** Orders something from a device. Answers what ingestion answered. */
  @Post('orders')
  @HttpCode(200)
  order(@Body(validated(Order)) { regId, item }: Order): Promise<Answer> {
    return this.app.order(regId, item);
  }
}
