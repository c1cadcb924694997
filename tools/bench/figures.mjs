/** Arithmetic of the figures. */

/** @param {import('./processes.mjs').CpuSeconds} cpu @param {number} count */
export function cpuFigures(cpu, count) {
  const { echo: _, ...each } = perThousand(cpu, count);
  return {
    cpu_s_per_1000: round(sum(each), 3),
    cpu_s_per_1000_by_process: rounded(each, 3),
  };
}

/** @param {import('./processes.mjs').CpuSeconds} cpu @param {number} count @returns {import('./processes.mjs').CpuSeconds} */
export const perThousand = (cpu, count) =>
  Object.fromEntries(Object.entries(cpu).map(([name, seconds]) => [name, (seconds / count) * 1000]));

/** @param {Record<string, number>} figures @param {number} digits @returns {Record<string, number>} */
export const rounded = (figures, digits) =>
  Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, round(figure, digits)]));

/** @param {Record<string, number>} figures */
export const sum = (figures) => Object.values(figures).reduce((total, figure) => total + figure, 0);

/** @param {number} value @param {number} digits */
export const round = (value, digits) => Number(value.toFixed(digits));
