import type { SeededRandom } from './random';

/** What goes wrong, as probabilities (0 to 1) of single operations where nothing else is said. */
export interface Faults {
  /** A message between a client and the broker takes up to 50 ms, each way. */
  readonly delay: number;
  /** A message between a client and the broker takes up to 30 s, each way. */
  readonly stall: number;
  /** A request never reaches the broker. The publisher is told `unknown`, any other request rejects. */
  readonly lost: number;
  /**
   * A request takes effect but its answer is lost; the sender is told the same as when it is
   * lost, now and then before it takes effect.
   */
  readonly unanswered: number;
  /** A `read` is served by a replica that misses the newest messages of the stream. */
  readonly staleRead: number;
  /** A delivery does not arrive: it comes again after the acknowledgement time. */
  readonly lostDelivery: number;
  /** A message is delivered again at once although it is in somebody's hands. */
  readonly duplicateDelivery: number;
  /** An acknowledgement, a renewal or a refusal does not arrive. */
  readonly lostAck: number;
  /** At a restart of the broker: an acknowledgement that it had is forgotten. */
  readonly forgottenAck: number;
  /** Milliseconds by which stream time may step back or forth at a restart of the broker. */
  readonly skewMs: number;
}

export const NO_FAULTS: Faults = {
  delay: 0,
  stall: 0,
  lost: 0,
  unanswered: 0,
  staleRead: 0,
  lostDelivery: 0,
  duplicateDelivery: 0,
  lostAck: 0,
  forgottenAck: 0,
  skewMs: 0,
};

/** As bad as it gets while something still moves. */
const WORST: Faults = {
  delay: 0.3,
  stall: 0.03,
  lost: 0.08,
  unanswered: 0.08,
  staleRead: 0.3,
  lostDelivery: 0.08,
  duplicateDelivery: 0.1,
  lostAck: 0.1,
  forgottenAck: 0.5,
  skewMs: 2_000,
};

/**
 * Faults of one run, drawn by its seed: each kind is off, mild or at its worst. Runs with few kinds
 * go deeper than runs in which everything fails at once ("swarm testing", Groce et al., 2012).
 */
export function randomFaults(random: SeededRandom): Faults {
  const level = () => random.pick([0, 0, 0.3, 1]);
  return {
    delay: WORST.delay * level(),
    stall: WORST.stall * level(),
    lost: WORST.lost * level(),
    unanswered: WORST.unanswered * level(),
    staleRead: WORST.staleRead * level(),
    lostDelivery: WORST.lostDelivery * level(),
    duplicateDelivery: WORST.duplicateDelivery * level(),
    lostAck: WORST.lostAck * level(),
    forgottenAck: WORST.forgottenAck * level(),
    skewMs: WORST.skewMs * level(),
  };
}
