/** What customers of a shop do: order, look at their device, answer. */
import type { OrderPush } from '@countersign/contracts';
import { eventually } from '@countersign/testing';
import { type Answer, type Requester, requester } from './request';

export interface OrderStatus {
  readonly id: string;
  readonly status: string;
  readonly customStatus: string | null;
  readonly result: readonly OrderPush[] | null;
}

/** What a device got. */
export interface Push {
  readonly name: string;
  readonly token: string;
  readonly title: string;
  readonly body: string;
  readonly data: { readonly orderId: string; readonly stage: string };
  readonly tag: string;
}

type FaultMode = 'down' | 'error' | 'rate-limit' | 'unauthorized' | 'off';

export class Shop {
  readonly request: Requester;

  /** @param url of the gateway */
  constructor(url: string) {
    this.request = requester(url);
  }

  /** @returns the order's id */
  async ordered(regId: string, more: object = {}): Promise<string> {
    const { status, body } = await this.request('POST', '/api/orders', { regId, ...more });
    if (status !== 202) throw new Error(`Not accepted: ${status} ${JSON.stringify(body)}`);
    return (body as { id: string }).id;
  }

  answer(id: string, body?: object): Promise<Answer> {
    return this.request('POST', `/api/Approve/${id}`, body);
  }

  async status(id: string): Promise<OrderStatus> {
    return (await this.request('GET', `/api/status/${id}`)).body as OrderStatus;
  }

  /** Resolves when the order is at the stage. */
  reached(id: string, stage: string): Promise<OrderStatus> {
    return eventually(
      () => this.status(id),
      ({ customStatus }) => customStatus === stage,
    );
  }

  async ended(id: string): Promise<OrderStatus> {
    const { body } = await eventually(
      () => this.request('GET', `/api/status/${id}`),
      ({ status }) => status === 200,
    );
    return body as OrderStatus;
  }

  /** Of an order, oldest first. */
  async pushes(id: string): Promise<Push[]> {
    const { body } = await this.request('GET', '/sandbox/api/fcm/pushes');
    return (body as Push[]).filter(({ data }) => data.orderId === id);
  }

  /** Resolves when the device has got the stage. */
  async pushed(id: string, stage: string): Promise<Push> {
    return eventually(async () => (await this.pushes(id)).find(({ data }) => data.stage === stage));
  }

  async fault(mode: FaultMode): Promise<void> {
    await this.request('POST', '/sandbox/api/faults', { target: 'fcm', mode });
  }

  /** Resolves when the fault has met that many requests. */
  async faultMet(requests: number): Promise<void> {
    type Board = { readonly fcm: { readonly requests: number } };
    await eventually(
      async () => (await this.request('GET', '/sandbox/api/faults')).body as Board,
      ({ fcm }) => fcm.requests >= requests,
    );
  }
}
