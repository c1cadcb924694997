import { CodedError } from '@countersign/workflow';
import { type DynamicModule, type INestApplication, Logger } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfigFrom, ServiceConfig, type SettingsSourceOf } from './config';
import { protect } from './hardening/protect';
import { HealthController, Readiness, type ReadinessCheck } from './health';
import { httpAdapter } from './http-adapter';
import { HttpDrain } from './http-drain';
import { JsonLogger } from './logger';
import { serveMetrics } from './metrics/metrics-server';
import { watchReadiness } from './metrics/service-metrics';
import { ProblemFilter } from './problem.filter';
import { startTracing } from './tracing/start-tracing';

/** Milliseconds that a shutdown may take before the process leaves what is still open. */
const SHUTDOWN_BOUND = 25_000;

export interface ServiceOptions<C extends ServiceConfig> {
  /** Name of the service in logs and in NATS. */
  readonly name: string;
  /** Class that is read from the environment; providers get it injected by this class or `ServiceConfig`. */
  readonly config: new () => C;
  /** Where settings are looked up that the environment does not hold: `azureSettings`. */
  readonly settings?: SettingsSourceOf;
  readonly module: (config: Readonly<C>) => DynamicModule;
  /** What serves messages beside HTTP, of which the service is ready only while they come: `(app) => app.get(ActivityServer)`. */
  readonly strategy?: (app: INestApplication) => CustomTransportStrategy & { check: ReadinessCheck };
  /** Keeps the bytes of each body in `request.rawBody`, for signatures. */
  readonly rawBody?: boolean;
  /** Where it listens. Default: the setting PORT. */
  readonly port?: (config: Readonly<C>) => number;
  /** Takes paths in any case and with a slash at their end, as ASP.NET does. */
  readonly lenientPaths?: boolean;
  /** How many times the rate limits of the settings it allows. Default: once. */
  readonly laxity?: number;
}

/**
 * Runs a service until SIGTERM or SIGINT, which it obeys from its first line on: at once while it has nothing in hand,
 * in order from then on. A boot failure is one message on standard error and exit code 1.
 *
 * @param beside further applications of the same process, on ports of their own: nothing of them is
 *   reachable on the service's
 */
export async function runService<C extends ServiceConfig>(
  options: ServiceOptions<C>,
  ...beside: readonly ServiceOptions<C>[]
): Promise<void> {
  const leaving = new AbortController();
  let leave: (signal: string) => void = () => process.exit(0);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leave(signal));
  try {
    const config = await loadConfigFrom(options.settings ?? (() => undefined), options.config);
    const deliverSpans = startTracing(options.name, config);
    const metrics = await serveMetrics(options.name, config);
    const services = await createServices([options, ...beside], config, leaving.signal);
    if (metrics) new Logger('Service').log('serving metrics', { url: metrics });
    const running = serve(services, config);
    leave = (signal) => void stop({ services, running, leaving, deliverSpans }, signal);
    await running;
    process.once('uncaughtException', (error) => {
      Logger.fatal('Uncaught error, leaving', error);
      process.exit(1);
    });
  } catch (error) {
    if (error === leaving.signal.reason) return; // `stop` goes on
    process.stderr.write(`${options.name} cannot start. ${bootFailure(error)}\n`);
    process.exit(1);
  }
}

/** Boots a service and returns it listening; for tests. */
export async function startService<C extends ServiceConfig>(
  options: ServiceOptions<C>,
  config: Readonly<C>,
): Promise<NestFastifyApplication> {
  const service = await createService(options, config, new AbortController().signal);
  await serve([service], config);
  return service.app;
}

/** An application of the process. */
interface Service<C extends ServiceConfig> {
  readonly options: ServiceOptions<C>;
  readonly app: NestFastifyApplication;
  readonly drain: HttpDrain;
}

/** All of them, or none. They are connected; nothing listens, and nothing is taken in hand. */
async function createServices<C extends ServiceConfig>(
  applications: readonly ServiceOptions<C>[],
  config: Readonly<C>,
  leaving: AbortSignal,
): Promise<Service<C>[]> {
  const created: Service<C>[] = [];
  try {
    for (const options of applications) created.push(await createService(options, config, leaving));
    return created;
  } catch (error) {
    await closeAll(created);
    throw error;
  }
}

async function createService<C extends ServiceConfig>(
  options: ServiceOptions<C>,
  config: Readonly<C>,
  leaving: AbortSignal,
): Promise<Service<C>> {
  const { name, config: Config, module, rawBody = false } = options;
  const chassis: DynamicModule = {
    module: ServiceModule,
    global: true,
    imports: [module(config)],
    controllers: [HealthController],
    providers: [
      Readiness,
      { provide: Config, useValue: config },
      { provide: ServiceConfig, useValue: config },
      // Aborted when the process is told to go: what waits while it boots throws the reason.
      { provide: AbortSignal, useValue: leaving },
    ],
    exports: [Readiness, Config, ServiceConfig, AbortSignal],
  };
  const adapter = httpAdapter(config, options.lenientPaths);
  const drain = new HttpDrain(adapter.getInstance());
  const app = await NestFactory.create<NestFastifyApplication>(chassis, adapter, {
    logger: new JsonLogger(name, config.logLevel),
    abortOnError: false,
    rawBody,
  });
  await protect(app, config, options.laxity);
  watchReadiness(app.get(Readiness));
  return { options, app, drain };
}

/** Resolves when every one listens, and only then is any of them ready. All of them, or none. */
async function serve<C extends ServiceConfig>(
  services: readonly Service<C>[],
  config: Readonly<C>,
): Promise<void> {
  try {
    for (const { options, app } of services) {
      const { strategy, port = () => config.port } = options;
      app.useGlobalFilters(new ProblemFilter(app.get(HttpAdapterHost)));
      const messages = strategy?.(app);
      if (messages) {
        app.connectMicroservice({ strategy: messages });
        app.get(Readiness).register('messages', () => messages.check());
      }
      await app.init(); // before any message is handled
      await app.startAllMicroservices();
      await app.listen(port(config), config.host);
      new Logger('Service').log('listening', { url: await app.getUrl() });
    }
  } catch (error) {
    await closeAll(services);
    throw error;
  }
  for (const { app } of services) app.get(Readiness).booted();
}

const closeAll = (services: readonly { readonly app: INestApplication }[]) =>
  Promise.all(services.map(({ app }) => app.close()));

class ServiceModule {}

interface Running<C extends ServiceConfig> {
  readonly services: readonly Service<C>[];
  /** A boot under way is waited for: it may have work in hand. It ends at once where it only waits for others. */
  readonly running: Promise<void>;
  readonly leaving: AbortController;
  readonly deliverSpans: () => Promise<void>;
}

async function stop<C extends ServiceConfig>(
  { services, running, leaving, deliverSpans }: Running<C>,
  signal: string,
): Promise<void> {
  const logger = new Logger('Service');
  logger.log('stopping', { signal });
  for (const { app } of services) app.get(Readiness).stopping();
  setTimeout(() => {
    logger.error(`not stopped after ${SHUTDOWN_BOUND} ms, leaving`);
    process.exit(1);
  }, SHUTDOWN_BOUND).unref();
  leaving.abort(new CodedError('ToldToGo', `The process was told to go (${signal}) while it booted`));
  try {
    if (await hasBooted(running, leaving.signal)) {
      await Promise.all(services.map(({ drain }) => drain.begin()));
      await closeAll(services);
    }
    await deliverSpans();
    process.exit(0);
  } catch (error) {
    logger.error('shutdown failed', error);
    process.exit(1);
  }
}

/** False where the boot was left, and so has closed everything. */
async function hasBooted(running: Promise<void>, leaving: AbortSignal): Promise<boolean> {
  try {
    await running;
    return true;
  } catch (error) {
    if (error === leaving.reason) return false;
    throw error;
  }
}

/** What to do is in the message of our own errors; anything else is shown with its stack. */
function bootFailure(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return `${error.message}. Stop what uses that address, or set another port.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
