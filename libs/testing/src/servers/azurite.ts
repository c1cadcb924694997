import { createRequire } from 'node:module';
import { join } from 'node:path';
import { freePort } from './ports';
import { ServerProcess, temporaryDir } from './server-process';

/** Which services are started; tables only when nothing is said. */
export interface AzuriteOptions {
  readonly blob?: boolean;
  readonly table?: boolean;
}

export interface Azurite {
  /** Names the started services only. */
  readonly connectionString: string;
  readonly tableUrl: string;
  readonly blobUrl: string;
  /**
   * Sends the signal (default SIGKILL) and waits for the end of the process. SIGKILL loses the
   * writes of the last few seconds, SIGTERM none.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same data and ports, after an orderly end if it still runs. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The emulator's well-known development account; a secret to nobody. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * Starts Azure's storage emulator on loopback with temporary data; resolves when it answers
 * (2 to 4 s). It ends with the test process, however that ends.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const { blob = false, table = !blob } = options;
  const ports = { blob: await freePort(), queue: await freePort(), table: await freePort() };
  const services = (['blob', 'table'] as const).filter((service) => (service === 'blob' ? blob : table));
  const urlOf = (service: 'blob' | 'table') => `http://127.0.0.1:${ports[service]}/${ACCOUNT}`;
  const dir = await temporaryDir('azurite');
  const server = await ServerProcess.start({
    name: 'azurite',
    file: process.execPath,
    args: argumentsFor(services, ports, dir),
    temporaryDir: dir,
    orderlyEnd: 'SIGINT',
    answers: async () =>
      (await Promise.all(services.map((service) => answersHttp(urlOf(service))))).every(Boolean),
  });
  const endpoints = services.map(
    (service) => `${service === 'blob' ? 'Blob' : 'Table'}Endpoint=${urlOf(service)};`,
  );
  return {
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};${endpoints.join('')}`,
    tableUrl: urlOf('table'),
    blobUrl: urlOf('blob'),
    // The programs of single services end in an orderly way at SIGINT only.
    kill: (signal) => server.kill(signal === 'SIGTERM' ? 'SIGINT' : signal),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

/** One service has a program of its own, which starts faster than all of them. */
function argumentsFor(
  services: readonly ('blob' | 'table')[],
  ports: Readonly<Record<'blob' | 'queue' | 'table', number>>,
  dir: string,
): string[] {
  const home = join(
    createRequire(join(process.cwd(), 'package.json')).resolve('azurite/package.json'),
    '../dist/src',
  );
  const [only] = services.length === 1 ? services : [];
  const listened = only === undefined ? (['blob', 'queue', 'table'] as const) : [only];
  return [
    join(home, only === undefined ? 'azurite.js' : `${only}/main.js`),
    '--silent',
    '--disableTelemetry',
    '--skipApiVersionCheck',
    ...['--location', dir],
    ...listened.flatMap((service) => [
      `--${service}Host`,
      '127.0.0.1',
      `--${service}Port`,
      String(ports[service]),
    ]),
  ];
}

/** Any HTTP answer will do: an unsigned request gets an error. */
const answersHttp = (url: string): Promise<boolean> =>
  fetch(url).then(
    async (answer) => {
      await answer.arrayBuffer();
      return true;
    },
    () => false,
  );
