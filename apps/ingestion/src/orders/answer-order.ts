import {
  orderApproval,
  type OrderApproval,
  type OrderStage,
  processOrder,
  statusUri,
} from '@countersign/contracts';
import { OUTCOME_WAIT } from '@countersign/decisions';
import { type InstanceView, WorkflowClient } from '@countersign/jetstream';
import { Problem } from '@countersign/service';
import { isTerminal } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { findInstance } from '../instances/find-instance';

/** The stages of an order that waits for its answer, or will. */
const OPEN: readonly unknown[] = ['received', 'processing'] satisfies OrderStage[];

/** Gives an order the customer's answer. The order's own order of inputs says which one is the first. */
@Injectable()
export class AnswerOrder {
  constructor(
    private readonly client: WorkflowClient,
    private readonly config: IngestionConfig,
  ) {}

  /**
   * Resolves when the answer counts. Also when nobody could say so in time: it is stored, and counts if it is
   * the first.
   *
   * @throws Problem 404 no such order, 409 another answer was first, or the time for one is over, 410 the order has ended
   * @throws CodedError `StorageUnavailable`
   */
  async run(id: string, answer: OrderApproval): Promise<void> {
    const order = await this.order(id);
    if (isTerminal(order.status)) throw this.closed(410, order);
    if (!mayAnswer(order)) throw this.closed(409, order);
    const { seq } = await this.client.raise(id, orderApproval, answer);
    const applied = await this.client.settled(id, seq, OUTCOME_WAIT);
    if (applied === undefined || applied.outcome === 'applied') return;
    const after = await this.order(id);
    // A suspended order takes what came meanwhile when it goes on.
    if (applied.outcome === 'buffered' && after.status === 'Suspended') return;
    throw this.closed(409, after);
  }

  private order(id: string): Promise<InstanceView> {
    return findInstance(this.client, processOrder, id, 'order');
  }

  private closed(status: 409 | 410, { id, step, status: state }: InstanceView): Problem {
    const stage = step?.customStatus;
    const detail =
      status === 410
        ? `The order has ended: it is ${typeof stage === 'string' ? stage : state}.`
        : 'The order was answered before, or the time to answer it is over.';
    return new Problem(status, detail, {
      title: status === 410 ? 'Order ended' : 'Order answered',
      headers: { location: statusUri(this.config.publicUrl, id) },
      extensions: typeof stage === 'string' ? { stage } : {},
    });
  }
}

/** An order that has shown no stage yet has not begun. */
const mayAnswer = ({ step }: InstanceView): boolean =>
  step?.customStatus === undefined || step.customStatus === null || OPEN.includes(step.customStatus);
