/** What this deployment promises beyond what schemas say: how pods run and end, who follows which queue. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../dev/node.mjs';
import { ofKind, workloadsIn } from './workloads.mjs';

/** @typedef {import('./render.mjs').Resource} Resource */

/** @returns {number} seconds that a service may take to stop, as its code says */
export function shutdownBound() {
  const source = readFileSync(join(ROOT, 'libs/service/src/run-service.ts'), 'utf8');
  const bound = /SHUTDOWN_BOUND = ([\d_]+)/.exec(source)?.[1];
  if (!bound) throw new Error('libs/service/src/run-service.ts has no SHUTDOWN_BOUND');
  return Number(bound.replaceAll('_', '')) / 1000;
}

/** @returns {string[]} every queue that a contract declares */
export function queues() {
  const contracts = join(ROOT, 'libs/contracts/src');
  const found = readdirSync(contracts, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .flatMap((file) => [
      ...readFileSync(join(contracts, file), 'utf8').matchAll(/\bqueue(?: =|:) '([\w-]+)'/g),
    ])
    .map(([, queue]) => String(queue));
  return [...new Set(found)];
}

/** @param {readonly Resource[]} resources @returns {string[]} */
export const podRuleProblems = (resources) =>
  workloadsIn(resources)
    .filter(({ labels }) => labels['countersign/nats'] === 'client')
    .flatMap(({ name, pod }) =>
      [
        ...securityProblems(pod),
        ...pod.containers
          .filter((container) => container.name === 'service')
          .flatMap((container) => endingProblems(pod, container)),
      ].map((problem) => `${name} ${problem}`),
    );

/** @param {import('./workloads.mjs').PodSpec} pod @returns {string[]} */
const securityProblems = ({ securityContext, containers, automountServiceAccountToken }) => [
  ...(securityContext?.runAsNonRoot ? [] : ['may run as root']),
  ...(securityContext?.seccompProfile?.type === 'RuntimeDefault' ? [] : ['has no seccomp profile']),
  ...(automountServiceAccountToken === false ? [] : ['is given a token of the cluster']),
  ...containers
    .filter(
      ({ securityContext: own }) =>
        !own?.readOnlyRootFilesystem ||
        own.allowPrivilegeEscalation !== false ||
        !own.capabilities?.drop?.includes('ALL'),
    )
    .map(({ name }) => `lets the container ${name} write to its root, gain privileges or keep capabilities`),
  ...containers
    .filter(({ resources }) => !resources?.requests?.cpu || !resources.limits?.memory)
    .map(({ name }) => `has no requests or no memory limit for the container ${name}`),
];

/** @param {import('./workloads.mjs').PodSpec} pod @param {import('./workloads.mjs').Container} container @returns {string[]} */
function endingProblems({ terminationGracePeriodSeconds = 30 }, container) {
  const { startupProbe, livenessProbe, readinessProbe, lifecycle } = container;
  const needed = (lifecycle?.preStop?.sleep?.seconds ?? 0) + shutdownBound();
  return [
    ...(terminationGracePeriodSeconds > needed
      ? []
      : [`is killed after ${terminationGracePeriodSeconds} s, and may take ${needed} s to stop`]),
    ...(startupProbe?.httpGet?.path === '/health/live' ? [] : ['has no startup probe']),
    ...(livenessProbe?.httpGet?.path === '/health/live' ? [] : ['has no liveness probe']),
    ...(readinessProbe?.httpGet?.path === '/health/ready' ? [] : ['has no readiness probe']),
  ];
}

/**
 * Where workers are scaled: every queue, in every shard, by exactly one.
 *
 * @param {readonly Resource[]} resources @returns {string[]}
 */
export function scalingProblems(resources) {
  const scaled = ofKind(resources, 'ScaledObject').map(
    ({ spec }) =>
      /** @type {import('@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObjectSpec').IScaledObjectSpec} */ (
        spec
      ),
  );
  if (scaled.length === 0) return [];
  const [shards = 0] = ofKind(resources, 'ConfigMap')
    .filter(({ metadata }) => /^countersign(-|$)/.test(metadata.name))
    .flatMap(({ data }) => /** @type {Record<string, string>} */ (data ?? {}).SHARDS ?? [])
    .map(Number);
  const found = scaled.flatMap(({ triggers }) =>
    triggers.map(({ metadata }) => `${metadata.stream} ${metadata.consumer}`),
  );
  const wanted = queues().flatMap((queue) =>
    Array.from({ length: shards }, (_, shard) => `WF_${shard} queue-${queue}`),
  );
  return [
    ...wanted.filter((one) => !found.includes(one)).map((one) => `nobody is scaled by ${one}`),
    ...found
      .filter((one, index) => !wanted.includes(one) || found.indexOf(one) !== index)
      .map((one) => `a ScaledObject follows ${one}, which does not exist or is followed already`),
  ];
}
