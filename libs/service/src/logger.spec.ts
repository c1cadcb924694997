import { ATTRIBUTES } from '@countersign/contracts';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { JsonLogger } from './logger';

const written = (level: string, write: (logger: JsonLogger) => void) => {
  const lines: string[] = [];
  write(new JsonLogger('echo', level, { write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('JsonLogger', () => {
  it('writes one JSON line with service, context and ids as fields', () => {
    const [line] = written('info', (logger) => logger.log('posted', { instanceId: 'a', ts: '1.2' }, 'Slack'));
    expect(line).toMatchObject({
      level: 'info',
      service: 'echo',
      context: 'Slack',
      msg: 'posted',
      instanceId: 'a',
      ts: '1.2',
    });
    expect(Date.parse(String(line?.['time']))).not.toBeNaN();
  });

  it('writes an error with its causes', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    const [line] = written('info', (logger) => logger.error('failed', error, 'Http'));
    expect(line).toMatchObject({
      level: 'error',
      msg: 'failed',
      err: { message: expect.stringContaining('outer') },
    });
    expect(JSON.stringify(line)).toContain('inner');
  });

  describe('within a trace, for an instance', () => {
    const span = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0 };
    const baggage = propagation.createBaggage({ [ATTRIBUTES.instanceId]: { value: 'order 7' } });
    const within = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, span), baggage);
    beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
    afterAll(() => context.disable());

    it('names both in every line', () => {
      const [line] = context.with(within, () => written('info', (logger) => logger.log('posted')));
      expect(line).toMatchObject({ msg: 'posted', traceId: span.traceId, instanceId: 'order 7' });
    });

    it('leaves the last word to the line itself', () => {
      const [line] = context.with(within, () =>
        written('info', (logger) => logger.log('posted', { instanceId: 'another one' })),
      );
      expect(line).toMatchObject({ instanceId: 'another one' });
    });
  });

  it('takes a lone text as the message, not as a context', () => {
    expect(written('info', (logger) => logger.warn('careful'))).toMatchObject([
      { level: 'warn', msg: 'careful' },
    ]);
  });

  it('writes nothing below its level, and how Nest boots only at debug', () => {
    const boot = (logger: JsonLogger) => logger.log('Mapped {/echo, POST} route', 'RouterExplorer');
    expect(written('info', boot)).toEqual([]);
    expect(written('debug', boot)).toMatchObject([{ level: 'debug' }]);
    expect(written('warn', (logger) => logger.log('usual'))).toEqual([]);
  });

  it('leaves a boot failure to runService, so that it is told once', () => {
    expect(written('info', (logger) => logger.error(new Error('x'), undefined, 'ExceptionHandler'))).toEqual(
      [],
    );
  });
});
