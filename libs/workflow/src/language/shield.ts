import { perform, type Operation } from './operation';

/**
 * Performs an operation that neither cancel nor a lost race interrupts: it ends first, then they
 * take effect. For what must not be left half done. Terminate still stops it.
 *
 * @example yield* shield(deliver(decision));
 */
export function shield<T>(branch: Operation<T>): Operation<T> {
  return perform({ type: 'shield', branch });
}
