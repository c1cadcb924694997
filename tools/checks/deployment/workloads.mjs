/** What the manifests say of pods, typed. */

/** @typedef {import('./render.mjs').Resource} Resource */
/** @typedef {import('kubernetes-models/apps/v1/Deployment').IDeployment} Deployment */
/** @typedef {import('kubernetes-models/v1/PodSpec').IPodSpec} PodSpec */
/** @typedef {import('kubernetes-models/v1/Container').IContainer} Container */

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {Readonly<Record<string, string>>} labels of its pods
 * @property {PodSpec} pod
 */

/** @param {readonly Resource[]} resources @param {string} kind @returns {Resource[]} */
export const ofKind = (resources, kind) => resources.filter((resource) => resource.kind === kind);

/** @param {readonly Resource[]} resources @returns {Workload[]} */
export const workloadsIn = (resources) =>
  resources
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'CronJob'].includes(kind))
    .map((resource) => {
      const template = templateOf(resource);
      return {
        name: resource.metadata.name,
        labels: template.metadata?.labels ?? {},
        pod: template.spec ?? { containers: [] },
      };
    });

/** @param {Resource} resource @returns {import('kubernetes-models/v1/PodTemplateSpec').IPodTemplateSpec} */
function templateOf({ kind, spec }) {
  if (kind !== 'CronJob')
    return /** @type {import('kubernetes-models/apps/v1/DeploymentSpec').IDeploymentSpec} */ (spec).template;
  const { jobTemplate } = /** @type {import('kubernetes-models/batch/v1/CronJobSpec').ICronJobSpec} */ (spec);
  return jobTemplate.spec?.template ?? {};
}

/** @param {Record<string, string> | undefined} wanted @param {Readonly<Record<string, string>>} labels */
const hasLabels = (wanted, labels) =>
  Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);

/**
 * @param {import('kubernetes-models/apps/v1/DeploymentSpec').IDeploymentSpec['selector'] | undefined} selector
 * @param {Readonly<Record<string, string>>} labels
 */
export const selects = (selector, labels) =>
  hasLabels(selector?.matchLabels, labels) &&
  (selector?.matchExpressions ?? []).every(
    ({ key, operator, values = [] }) => operator === 'In' && values.includes(labels[key] ?? ''),
  );
