import { Controller, Get, HttpCode, Injectable, Res } from '@nestjs/common';
import { Unthrottled } from './hardening/rate-limits';

/** Milliseconds that a part may take to say whether it is ready: less than whoever asks waits, a probe or Prometheus. */
const CHECK_TIMEOUT = 2_000;

/** Why a part is not ready, as a phrase; `true` when it is. */
export type ReadinessCheck = () => true | string | Promise<true | string>;

/**
 * What must hold for this service to do its work. Parts register a check; the service is ready
 * when every check says so, not before it has booted and not once it is shutting down.
 */
@Injectable()
export class Readiness {
  private readonly checks = new Map<string, ReadinessCheck>();
  private stage: 'starting' | 'running' | 'stopping' = 'starting';

  register(part: string, check: ReadinessCheck): void {
    this.checks.set(part, check);
  }

  /** Called once everything listens. */
  booted(): void {
    if (this.stage === 'starting') this.stage = 'running';
  }

  /** Called when the process is told to go, before anything else. */
  stopping(): void {
    this.stage = 'stopping';
  }

  async read(): Promise<{ readonly ready: boolean; readonly parts: Readonly<Record<string, string>> }> {
    const entries = await Promise.all(
      [...this.checks].map(async ([part, check]) => [part, await outcomeOf(check)] as const),
    );
    const ready = this.stage === 'running' && entries.every(([, outcome]) => outcome === 'ready');
    return { ready, parts: { service: this.stage, ...Object.fromEntries(entries) } };
  }
}

async function outcomeOf(check: ReadinessCheck): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT, `no answer within ${CHECK_TIMEOUT / 1000} s`);
  });
  try {
    const outcome = await Promise.race([check(), timeUp]);
    return outcome === true ? 'ready' : outcome;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Asked by those who look after the process: never refused. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** The process answers; says nothing of what it depends on, so that a broken broker restarts no service. */
  @Get('live')
  @Unthrottled()
  live() {
    return { status: 'live' };
  }

  @Get('ready')
  @Unthrottled()
  @HttpCode(200)
  async ready(@Res({ passthrough: true }) response: { status(code: number): unknown }) {
    const { ready, parts } = await this.readiness.read();
    if (!ready) response.status(503);
    return { status: ready ? 'ready' : 'not ready', parts };
  }
}
