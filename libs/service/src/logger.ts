import { ATTRIBUTES } from '@countersign/contracts';
import type { LoggerService } from '@nestjs/common';
import { context, propagation, trace } from '@opentelemetry/api';
import { type Level, type Logger, pino, stdTimeFunctions } from 'pino';
import { loggedError } from './logged-error';

/** Parts of Nest that tell at length how they boot. */
const CHATTY = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);
/** Nest reports here what it then throws; `runService` prints that, once. */
const REPORTED_ELSEWHERE = 'ExceptionHandler';

/** Of what is under way: its trace, and the instance that it is done for. What the line itself says wins. */
function idsOfContext(): object {
  const active = context.active();
  const { traceId } = trace.getSpanContext(active) ?? {};
  const instanceId = propagation.getBaggage(active)?.getEntry(ATTRIBUTES.instanceId)?.value;
  return { ...(traceId !== undefined && { traceId }), ...(instanceId !== undefined && { instanceId }) };
}

/**
 * Nest's logger as JSON lines on standard output. Objects among the parameters become fields, an
 * `Error` becomes `err` with its causes:
 * `logger.warn('Slack refused the message', { instanceId, attempt }, error)`.
 */
export class JsonLogger implements LoggerService {
  private readonly pino: Logger;

  constructor(service: string, level: string, destination?: { write(line: string): void }) {
    const options = {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      mixin: idsOfContext,
      serializers: { err: loggedError },
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest puts the context last, and may put a stack before it. */
  private write(level: Level, message: unknown, rest: readonly unknown[]): void {
    const fields: Record<string, unknown> = {};
    const texts: string[] = [];
    for (const part of [message, ...rest]) {
      if (part instanceof Error) fields['err'] = part;
      else if (typeof part === 'object' && part !== null) Object.assign(fields, part);
      else if (part !== undefined) texts.push(String(part));
    }
    const context = rest.length > 0 && typeof rest.at(-1) === 'string' ? texts.pop() : undefined;
    if (context === REPORTED_ELSEWHERE) return;
    if (context !== undefined) fields['context'] = context;
    const chatter = level === 'info' && context !== undefined && CHATTY.has(context);
    this.pino[chatter ? 'debug' : level](fields, texts.join('\n'));
  }
}
