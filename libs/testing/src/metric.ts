import { register } from 'prom-client';

/**
 * What this process would tell Prometheus: the sum of the series of a name whose labels include these. A histogram has
 * the names `…_count`, `…_sum` and `…_bucket`.
 *
 * @returns undefined when there is no such series
 */
export async function metric(
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  const metrics = await register.getMetricsAsJSON();
  const values = metrics
    .flatMap((one) =>
      one.values.map(({ value, labels: found, ...more }) => ({
        value,
        found: found as Record<string, unknown>,
        name: 'metricName' in more ? String(more.metricName) : one.name,
      })),
    )
    .filter((series) => series.name === name)
    .filter(({ found }) => Object.entries(labels).every(([label, value]) => found[label] === value));
  return values.length === 0 ? undefined : values.reduce((sum, { value }) => sum + value, 0);
}
