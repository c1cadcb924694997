/** Application 4: an order with a change that the customer must accept. */
import { ArrayMaxSize, IsBoolean, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { defineEvent, defineWorkflow } from '../define';
import type { PushOutcome } from './push';
import { NestedList } from '../nested';

export class OrderItem {
  @IsString()
  @Length(1, 200)
  name!: string;

  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity!: number;
}

export class ProcessOrderInput {
  /** The device's push registration. */
  @IsString()
  @Length(1, 4096)
  regId!: string;

  @IsOptional()
  @ArrayMaxSize(100)
  @NestedList(() => OrderItem)
  items?: OrderItem[];

  /** How long the customer has to accept, in seconds. Default: a day. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(365 * 24 * 3600)
  approvalSeconds?: number;
}

/** The customer's answer; an empty one accepts. */
export class OrderApproval {
  @IsOptional()
  @IsBoolean()
  approved?: boolean;

  @IsOptional()
  @IsString()
  @Length(1, 2000)
  reason?: string;
}

export const orderApproval = defineEvent({
  name: 'Approval',
  data: OrderApproval,
  description: 'The customer accepts the change, or does not',
});

/** The custom status of the instance, and what is pushed. */
export const ORDER_STAGES = ['received', 'processing', 'finished', 'declined', 'expired'] as const;
export type OrderStage = (typeof ORDER_STAGES)[number];

/** One push: which stage, when, and what became of it. */
export type OrderPush = {
  readonly stage: OrderStage;
  /** ISO 8601. */
  readonly at: string;
} & (PushOutcome | { readonly outcome: 'failed'; readonly reason: string });

/** Completes with the pushes, oldest first. */
export const processOrder = defineWorkflow<readonly OrderPush[]>()({
  name: 'ProcessOrder',
  input: ProcessOrderInput,
  description: 'An order is processed after the customer has accepted its change',
});
