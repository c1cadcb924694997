/** What every service tells of itself, beside what Node and the process tell. */
import { collectDefaultMetrics, Gauge } from 'prom-client';
import type { ServiceConfig } from '../config';
import type { Readiness } from '../health';

const ready = new Gauge({
  name: 'countersign_ready',
  help: 'Whether a part of the service is ready (1) or not (0); the part "service" is the process itself.',
  labelNames: ['part'],
  collect: readReadiness,
});

const buildInfo = new Gauge({
  name: 'countersign_build_info',
  help: 'Always 1; its labels name the service and its version.',
  labelNames: ['service', 'version'],
});

/** Of every application of this process. */
const watched = new Set<Readiness>();

/** To be called once, before the service boots. */
export function describeProcess(service: string, { version }: ServiceConfig): void {
  buildInfo.set({ service, version }, 1);
  collectDefaultMetrics();
}

/** What is not ready in one application of the process is not ready. */
export function watchReadiness(readiness: Readiness): void {
  watched.add(readiness);
}

/** Of a service that still waits for what it needs nothing is there to be asked. */
async function readReadiness(): Promise<void> {
  const answers = await Promise.all([...watched].map((readiness) => readiness.read()));
  const parts = answers.flatMap((answer) => Object.entries(answer.parts));
  ready.reset();
  ready.set({ part: 'service' }, 0);
  for (const [part] of parts) {
    const states = parts.filter(([name]) => name === part).map(([, state]) => state);
    ready.set({ part }, states.every((state) => state === 'ready' || state === 'running') ? 1 : 0);
  }
}
