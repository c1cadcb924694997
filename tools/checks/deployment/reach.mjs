/** What the NetworkPolicies of an overlay allow. */
import { ofKind, selects, workloadsIn } from './workloads.mjs';

/** @typedef {import('./render.mjs').Resource} Resource */
/** @typedef {import('./workloads.mjs').Workload} Workload */
/** @typedef {import('kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec').INetworkPolicySpec} PolicySpec */

const FLEXDEPLOY = '192.0.2.10/32:443';
const MAIL_SERVER = '192.0.2.25/32';
const INTERNET = '0.0.0.0/0:443';
/** What every service talks to: NATS, and the collector of traces. */
const EVERYBODYS = ['nats:4222', 'namespace monitoring:4318'];

/** Everything that goes in or out in production, beside DNS, metrics and what is {@link EVERYBODYS}. */
const ALLOWED = [
  'namespace ingress-nginx -> ingestion:8080',
  'namespace ingress-nginx -> status-api:8080',
  'pods with {"countersign/operator":"true"} -> status-api:8081',
  'namespace keda -> nats:8222',
  'nats -> nats:6222',
  `flexdeploy-adapter -> ${FLEXDEPLOY}`,
  ...['slack-notifier', 'push-notifier'].map((app) => `${app} -> ${INTERNET}`),
  ...['token-store', 'query-worker', 'file-store', 'ingestion'].map((app) => `${app} -> ${INTERNET}`),
  ...[465, 587].map((port) => `mail-notifier -> ${MAIL_SERVER}:${port}`),
];

/** What is not the internet: FlexDeploy may be anywhere there. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10'];

/** @param {readonly Resource[]} resources of production @returns {string[]} */
export function reachProblems(resources) {
  const found = [...new Set(reachOf(resources))];
  const clients = workloadsIn(resources)
    .filter(({ labels }) => labels['countersign/nats'] === 'client')
    .flatMap(({ name }) => EVERYBODYS.map((place) => `${name} -> ${place}`));
  const allowed = [...ALLOWED, ...clients];
  return [
    ...found.filter((line) => !allowed.includes(line)).map((line) => `nobody wants ${line}`),
    ...allowed.filter((line) => !found.includes(line)).map((line) => `there is no way ${line}`),
    ...defaultProblems(resources),
    ...internetProblems(resources),
  ];
}

/** @param {Resource} policy */
const specOf = (policy) => /** @type {PolicySpec} */ (policy.spec);

/** @param {PolicySpec} spec */
const isForAll = ({ podSelector }) => Object.keys(podSelector ?? {}).length === 0;

/** @param {readonly Resource[]} resources @returns {string[]} */
function defaultProblems(resources) {
  const denies = ofKind(resources, 'NetworkPolicy')
    .map(specOf)
    .some(
      (spec) =>
        isForAll(spec) &&
        !spec.ingress &&
        !spec.egress &&
        spec.policyTypes?.includes('Ingress') &&
        spec.policyTypes.includes('Egress'),
    );
  return denies ? [] : ['nothing is refused by default'];
}

/** @param {readonly Resource[]} resources @returns {string[]} */
const internetProblems = (resources) =>
  ofKind(resources, 'NetworkPolicy').flatMap((policy) =>
    (specOf(policy).egress ?? [])
      .flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? []))
      .filter(
        ({ cidr, except = [] }) => cidr === '0.0.0.0/0' && !PRIVATE.every((block) => except.includes(block)),
      )
      .map(() => `${policy.metadata.name} opens private addresses, FlexDeploy's among them`),
  );

/**
 * Who may reach whom, as one line each: `slack-notifier -> 0.0.0.0/0:443`, `namespace ingress-nginx -> ingestion:8080`.
 *
 * @param {readonly Resource[]} resources @returns {string[]} without what all pods may
 */
function reachOf(resources) {
  const workloads = workloadsIn(resources);
  return ofKind(resources, 'NetworkPolicy').flatMap((policy) => {
    const {
      podSelector,
      ingress = [],
      egress = [],
    } = /** @type {import('kubernetes-models/networking.k8s.io/v1/NetworkPolicySpec').INetworkPolicySpec} */ (
      policy.spec
    );
    const isForAll = Object.keys(podSelector ?? {}).length === 0;
    if (isForAll) return [];
    const subjects = workloads.filter(({ labels }) => selects(podSelector, labels)).map(({ name }) => name);
    return [
      ...ingress.flatMap(({ from = [], ports = [] }) =>
        lines(
          from.flatMap((peer) => peersIn(peer, workloads)),
          subjects,
          ports,
        ),
      ),
      ...egress.flatMap(({ to = [], ports = [] }) =>
        lines(
          subjects,
          to.flatMap((peer) => peersIn(peer, workloads)),
          ports,
        ),
      ),
    ];
  });
}

/** @param {readonly string[]} from @param {readonly string[]} to @param {readonly { port?: string | number }[]} ports */
const lines = (from, to, ports) =>
  from.flatMap((source) => to.flatMap((target) => ports.map(({ port }) => `${source} -> ${target}:${port}`)));

/**
 * @param {import('kubernetes-models/networking.k8s.io/v1/NetworkPolicyPeer').INetworkPolicyPeer} peer
 * @param {readonly Workload[]} workloads @returns {string[]}
 */
function peersIn({ ipBlock, namespaceSelector, podSelector }, workloads) {
  if (ipBlock) return [ipBlock.cidr];
  if (namespaceSelector)
    return [`namespace ${namespaceSelector.matchLabels?.['kubernetes.io/metadata.name']}`];
  const found = workloads.filter(({ labels }) => selects(podSelector, labels)).map(({ name }) => name);
  return found.length > 0 ? found : [`pods with ${JSON.stringify(podSelector?.matchLabels)}`];
}
