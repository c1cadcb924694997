/** Bundles what writes the documents: our own code only, packages are taken from where they are installed. */
import { join, resolve } from 'node:path';
import services from '../rolldown.config.mjs';

export default {
  ...services,
  input: { main: join(import.meta.dirname, 'src/main.ts') },
  external: [/^(?!@countersign\/|@oxc-project\/)[@a-z]/],
  output: { ...services.output, dir: resolve(import.meta.dirname, '../../dist/documents') },
};
