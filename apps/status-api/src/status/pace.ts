import { retryAfterOf } from '@countersign/contracts';
import { type InstanceView, workflowOf } from '@countersign/jetstream';
import type { Step } from '@countersign/workflow';

export interface PaceSettings {
  /** Least and most seconds that a client is told to wait. */
  readonly min: number;
  readonly max: number;
}

/** How much the newest duration counts. */
const WEIGHT = 0.2;
/** A client is told to come back after this part of the time that is still expected. */
const FRACTION = 1 / 4;

/**
 * How long a client should wait before it asks again, in whole seconds.
 *
 * A workflow that declares `retryAfterSeconds` is answered with that. For any other the process
 * learns how long it usually takes from the instances whose end it saw, and answers a quarter of the
 * distance to the usual end: rarely at first when it usually takes long, often around that end, and
 * ever more rarely the longer it is overdue. While it has seen none end, a quarter of the age.
 */
export class Pace {
  /** Logarithm of the usual duration in milliseconds, by workflow: one month must not outweigh a hundred seconds. */
  private readonly usual = new Map<string, number>();

  constructor(
    private readonly settings: PaceSettings,
    private readonly declaredSeconds: (workflow: string) => number | undefined = retryAfterOf,
  ) {}

  /** For an answer that was held: who waits that way need not wait twice. */
  get least(): number {
    return this.settings.min;
  }

  /** @param step by which an instance ended; each end is to be learnt from once */
  learn({ workflow, createdAt, updatedAt }: Step): void {
    const duration = Math.log(Math.max(1, updatedAt - createdAt));
    const usual = this.usual.get(workflow);
    this.usual.set(workflow, usual === undefined ? duration : usual + WEIGHT * (duration - usual));
  }

  retryAfter(view: InstanceView, now = Date.now()): number {
    const { step, started } = view;
    const workflow = workflowOf(view);
    const seconds = this.declaredSeconds(workflow);
    if (seconds !== undefined) return seconds;
    const age = Math.max(0, now - (step?.createdAt ?? started?.at ?? now));
    const usual = this.usual.get(workflow);
    const expected = usual === undefined ? age : Math.abs(Math.exp(usual) - age);
    const { min, max } = this.settings;
    return Math.min(max, Math.max(min, Math.round((expected * FRACTION) / 1000)));
  }
}
