/** Whether what the resources of an overlay name is there: each other, and the Secrets that are made elsewhere. */
import { ofKind, selects, workloadsIn } from './workloads.mjs';

/** @typedef {import('./render.mjs').Resource} Resource */

/** Made by hand, by an operator of secrets or by cert-manager: docs/operations.md names their keys. */
const SECRETS_MADE_ELSEWHERE = [
  'countersign',
  'countersign-keys',
  'countersign-fcm',
  'countersign-tls',
  'nats-tls',
  'nats-users',
];

/** @param {readonly Resource[]} resources @returns {string[]} */
export const referenceProblems = (resources) => [
  ...podProblems(resources),
  ...serviceProblems(resources),
  ...ingressProblems(resources),
  ...targetProblems(resources),
  ...monitorProblems(resources),
];

/** ConfigMaps, Secrets and volumes that containers name. @param {readonly Resource[]} resources @returns {string[]} */
function podProblems(resources) {
  return workloadsIn(resources).flatMap(({ name, pod }) => {
    const { containers, volumes = [] } = pod;
    const env = containers.flatMap((container) => container.env ?? []);
    const envFrom = containers.flatMap((container) => container.envFrom ?? []);
    const secrets = [
      ...env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []),
      ...envFrom.flatMap(({ secretRef }) => secretRef ?? []),
      ...volumes.flatMap(({ secret }) => (secret ? { name: secret.secretName } : [])),
    ];
    const maps = [
      ...env.flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef ?? []),
      ...envFrom.flatMap(({ configMapRef }) => configMapRef ?? []),
      ...volumes.flatMap(({ configMap }) => configMap ?? []),
    ];
    const known = [...volumes.map((volume) => volume.name), ...claimsOf(resources, name)];
    return [
      ...secrets
        .filter((ref) => !SECRETS_MADE_ELSEWHERE.includes(ref.name ?? ''))
        .flatMap((ref) => missing(resources, 'Secret', ref)),
      ...maps.flatMap((ref) => missing(resources, 'ConfigMap', ref)),
      ...containers
        .flatMap(({ volumeMounts = [] }) => volumeMounts.map((mount) => mount.name))
        .filter((mount) => !known.includes(mount))
        .map((mount) => `the volume ${mount}, which does not exist`),
    ].map((problem) => `${name} names ${problem}`);
  });
}

/** @param {readonly Resource[]} resources @param {string} kind @param {{ name?: string, key?: string }} ref @returns {string[]} */
function missing(resources, kind, { name, key }) {
  const found = ofKind(resources, kind).find(({ metadata }) => metadata.name === name);
  if (!found) return [`the ${kind} ${name}, which does not exist`];
  const data = /** @type {Record<string, string>} */ (found.data ?? {});
  return key === undefined || key in data ? [] : [`${key} of the ${kind} ${name}, which does not hold it`];
}

/** @param {readonly Resource[]} resources @param {string} name @returns {string[]} volumes that a StatefulSet claims */
function claimsOf(resources, name) {
  const found = ofKind(resources, 'StatefulSet').find(({ metadata }) => metadata.name === name);
  const { volumeClaimTemplates = [] } =
    /** @type {Partial<import('kubernetes-models/apps/v1/StatefulSetSpec').IStatefulSetSpec>} */ (
      found?.spec ?? {}
    );
  return volumeClaimTemplates.flatMap(({ metadata }) => metadata?.name ?? []);
}

/** @param {Resource} service */
const portsOf = (service) =>
  /** @type {import('kubernetes-models/v1/ServiceSpec').IServiceSpec} */ (service.spec).ports ?? [];

/** Pods and ports behind services. @param {readonly Resource[]} resources @returns {string[]} */
function serviceProblems(resources) {
  return ofKind(resources, 'Service').flatMap((service) => {
    const { selector } = /** @type {import('kubernetes-models/v1/ServiceSpec').IServiceSpec} */ (
      service.spec
    );
    const pods = workloadsIn(resources).filter(({ labels }) => selects({ matchLabels: selector }, labels));
    const open = pods.flatMap(({ pod }) => pod.containers.flatMap(({ ports = [] }) => ports));
    if (pods.length === 0) return [`Service ${service.metadata.name} selects no pods`];
    return portsOf(service)
      .map(({ targetPort, port }) => targetPort ?? port)
      .filter(
        (target) => !open.some(({ name, containerPort }) => target === name || target === containerPort),
      )
      .map((target) => `Service ${service.metadata.name} names the port ${target}, which no container has`);
  });
}

/** Services behind an ingress. @param {readonly Resource[]} resources @returns {string[]} */
function ingressProblems(resources) {
  const services = ofKind(resources, 'Service');
  return ofKind(resources, 'Ingress').flatMap(({ metadata, spec }) => {
    const { rules = [] } =
      /** @type {import('kubernetes-models/networking.k8s.io/v1/IngressSpec').IIngressSpec} */ (spec);
    return rules
      .flatMap(({ http }) => http?.paths ?? [])
      .map(({ backend }) => backend.service)
      .filter(
        (target) =>
          !services.some(
            (service) =>
              service.metadata.name === target?.name &&
              portsOf(service).some(({ name }) => name === target.port?.name),
          ),
      )
      .map(
        (target) =>
          `Ingress ${metadata.name} names ${target?.name}:${target?.port?.name}, which does not exist`,
      );
  });
}

/** Pods and ports that Prometheus is to scrape. @param {readonly Resource[]} resources @returns {string[]} */
function monitorProblems(resources) {
  return ofKind(resources, 'PodMonitor').flatMap(({ metadata, spec }) => {
    const { selector, podMetricsEndpoints = [] } =
      /** @type {import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor').IPodMonitor['spec']} */ (
        spec
      );
    const pods = workloadsIn(resources).filter(({ labels }) => selects(selector, labels));
    const open = pods.flatMap(({ pod }) => pod.containers.flatMap(({ ports = [] }) => ports));
    return podMetricsEndpoints
      .filter(({ port }) => !open.some(({ name }) => name === port))
      .map(({ port }) => `PodMonitor ${metadata.name} names the port ${port}, which no pod of it has`);
  });
}

/** What is scaled, and what a budget protects. @param {readonly Resource[]} resources @returns {string[]} */
function targetProblems(resources) {
  const apps = workloadsIn(resources).map(({ labels }) => labels.app);
  const scaled = ['ScaledObject', 'HorizontalPodAutoscaler'].flatMap((kind) => ofKind(resources, kind));
  const targets = [
    ...scaled.map((one) => ({
      one,
      app: /** @type {{ scaleTargetRef: { name: string } }} */ (one.spec).scaleTargetRef.name,
    })),
    ...ofKind(resources, 'PodDisruptionBudget').flatMap((one) => {
      const { selector } =
        /** @type {import('kubernetes-models/policy/v1/PodDisruptionBudgetSpec').IPodDisruptionBudgetSpec} */ (
          one.spec
        );
      const values = [
        ...Object.values(selector?.matchLabels ?? {}),
        ...(selector?.matchExpressions ?? []).flatMap((expression) => expression.values ?? []),
      ];
      return values.map((app) => ({ one, app }));
    }),
  ];
  return targets
    .filter(({ app }) => !apps.includes(app))
    .map(({ one, app }) => `${one.kind} ${one.metadata.name} names ${app}, which does not exist`);
}
