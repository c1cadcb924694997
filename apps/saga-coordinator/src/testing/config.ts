/** What the environment says about the simulation: how many seeds, or the one to replay. */
export interface SimulationConfig {
  /** Seeds from 0 up. */
  readonly seeds: number;
  /** Runs this seed alone and prints what happened. */
  readonly only: number | undefined;
}

const { SIMULATION_SEEDS, SIMULATION_SEED } = process.env;

export const simulationConfig: SimulationConfig = {
  seeds: Number(SIMULATION_SEEDS ?? 2_000),
  only: SIMULATION_SEED === undefined ? undefined : Number(SIMULATION_SEED),
};
