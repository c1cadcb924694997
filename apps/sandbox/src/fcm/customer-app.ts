import { Injectable } from '@nestjs/common';
import { IngestionClient, type Answer } from '../ingestion/ingestion.client';
import { Devices, type PushRecord } from './devices';

/** Milliseconds that ingestion has to answer. */
const ANSWER_WITHIN = 10_000;

/** Does what the app on the device does: orders, and answers to pushes. */
@Injectable()
export class CustomerApp {
  constructor(
    private readonly ingestion: IngestionClient,
    private readonly devices: Devices,
  ) {}

  order(regId: string, item: string): Promise<Answer> {
    return this.post('/api/orders', { regId, items: [{ name: item, quantity: 1 }] });
  }

  /** Accepts or declines what the push asks for. `undefined` when it names no order. */
  async answer({ name, data }: PushRecord, approved: boolean): Promise<Answer | undefined> {
    const { orderId } = data;
    if (orderId === undefined) return undefined;
    const answer = await this.post(`/api/Approve/${encodeURIComponent(orderId)}`, { approved });
    this.devices.recordAnswer(name, approved, answer);
    return answer;
  }

  private post(path: string, body: object): Promise<Answer> {
    return this.ingestion.post({
      path,
      contentType: 'application/json',
      body: JSON.stringify(body),
      answerWithin: ANSWER_WITHIN,
    });
  }
}
