import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Subject } from 'rxjs';

export const FAULT_TARGETS = ['slack', 'flexdeploy', 'fcm', 'mail'] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];

/**
 * `down` cuts the connection, `error` answers `status`, `slow` does what was asked and answers so late
 * that the client may have given up, `rate-limit` answers 429, `unauthorized` refuses every credential.
 */
export const FAULT_MODES = ['down', 'error', 'slow', 'rate-limit', 'unauthorized', 'off'] as const;
export type FaultMode = (typeof FAULT_MODES)[number];

/** The status of mode `error`, where none is given. The mail server's is one that asks to try again (RFC 5321, section 4.2.3). */
const STATUS: Record<FaultTarget, number> = { slack: 500, flexdeploy: 500, fcm: 500, mail: 451 };

export interface Fault {
  readonly mode: Exclude<FaultMode, 'off'>;
  /** HTTP status of mode `error`; a mail server's reply code. */
  readonly status: number;
  /** Milliseconds since the epoch; without it the fault lasts until it is switched off. */
  readonly until?: number;
  /** How many requests it has met so far. */
  readonly requests: number;
}

/** Which stand-in fails at present, and how. Not kept over a restart. */
@Injectable()
export class FaultBoard implements OnModuleDestroy {
  readonly changes = new Subject<void>();
  private readonly faults = new Map<FaultTarget, { fault: Fault; timer?: NodeJS.Timeout }>();

  current(target: FaultTarget): Fault | undefined {
    return this.faults.get(target)?.fault;
  }

  /** The fault that a request meets now, which counts the request. */
  meet(target: FaultTarget): Fault | undefined {
    const active = this.faults.get(target);
    if (active === undefined) return undefined;
    active.fault = { ...active.fault, requests: active.fault.requests + 1 };
    return active.fault;
  }

  set(
    target: FaultTarget,
    { mode, seconds, status = STATUS[target] }: { mode: FaultMode; seconds?: number; status?: number },
  ): void {
    this.clear(target);
    if (mode !== 'off') {
      const until = seconds === undefined ? {} : { until: Date.now() + seconds * 1000 };
      const timer =
        seconds === undefined ? {} : { timer: setTimeout(() => this.expire(target), seconds * 1000) };
      this.faults.set(target, { fault: { mode, status, ...until, requests: 0 }, ...timer });
    }
    this.changes.next();
  }

  reset(): void {
    for (const target of FAULT_TARGETS) this.set(target, { mode: 'off' });
  }

  onModuleDestroy(): void {
    for (const target of FAULT_TARGETS) this.clear(target);
    this.changes.complete();
  }

  private expire(target: FaultTarget): void {
    this.clear(target);
    this.changes.next();
  }

  private clear(target: FaultTarget): void {
    clearTimeout(this.faults.get(target)?.timer);
    this.faults.delete(target);
  }
}
