/** Bundles the benchmark's processes as the services are bundled: `dist/bench/<process>.mjs`. */
import { join, resolve } from 'node:path';
import services from '../rolldown.config.mjs';

const sources = join(import.meta.dirname, 'src');
const names = ['coordinator', 'worker', 'client', 'echo', 'pollers', 'approvers'];
/** Services that are measured as they are. */
const apps = ['status-api'];

export default {
  ...services,
  input: Object.fromEntries([
    ...names.map((name) => [name, join(sources, `${name}.ts`)]),
    ...apps.map((name) => [name, resolve(import.meta.dirname, '../../apps', name, 'src/main.ts')]),
  ]),
  output: { ...services.output, dir: resolve(import.meta.dirname, '../../dist/bench') },
};
