/** What the benchmark's workflows use: one activity and one event, validated like any other. */
import { defineActivity, defineEvent, defineWorkflow } from '@countersign/contracts';
import { IsInt, IsString, Min } from 'class-validator';

export const QUEUE = 'bench';

export class Order {
  @IsString()
  order!: string;

  @IsInt()
  @Min(0)
  step!: number;
}

export interface Receipt {
  readonly order: string;
  readonly step: number;
}

export const handleOrder = defineActivity<Receipt>()({
  name: 'bench.handle',
  queue: QUEUE,
  input: Order,
  description: 'Gives back what it gets',
});

export const released = defineEvent({
  name: 'bench.released',
  data: Order,
  description: 'Lets a waiting instance go on',
});

const declare = (name: string, description: string) =>
  defineWorkflow<Receipt>()({ name, input: Order, description });

export const workloads = {
  W1: declare('BenchOneActivity', 'one activity'),
  W2: declare('BenchEvent', 'two activities, wait for an event, one activity'),
  W3: declare('BenchSequence', 'five activities in sequence'),
  W4: declare('BenchWaiting', 'waits for an event, with a timer of 24 hours'),
} as const;

export type WorkloadName = keyof typeof workloads;
