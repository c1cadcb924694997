import { perform, type Operation } from './operation';

/** Publishes a value as the instance's custom status: at most 256 KiB of JSON. */
export function setCustomStatus(value: unknown): Operation<void> {
  return perform({ type: 'status', value });
}
