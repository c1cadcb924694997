/** What JetStream serves, or does not. */
export interface Served {
  /** Whether messages come; otherwise what stands in the way, as a phrase. */
  check(): true | string;
}

/** Whether all of them are served; otherwise what stands in the way of the first that is not. */
export const allServed = (parts: readonly Served[]): true | string =>
  parts.map((part) => part.check()).find((state) => state !== true) ?? true;
