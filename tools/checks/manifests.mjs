/**
 * What Countersign is deployed with: docker-compose.yml, the manifests of k8s/, the workflows of .github/. Each is valid
 * by its schema, what it names is there, and what services are told is what they read.
 */
import { basename } from 'node:path';
import { obtainNatsServer } from '../nats-server.mjs';
import { appOf, composeProblems, readCompose } from './deployment/compose.mjs';
import { monitoringProblems } from './deployment/monitoring.mjs';
import { natsConfigProblems, natsUserProblems } from './deployment/nats-config.mjs';
import { reachProblems } from './deployment/reach.mjs';
import { referenceProblems } from './deployment/references.mjs';
import { assemble, overlays, render } from './deployment/render.mjs';
import { podRuleProblems, scalingProblems } from './deployment/rules.mjs';
import { schemaProblems } from './deployment/schemas.mjs';
import { apps, settingProblems, settingsOf } from './deployment/settings.mjs';
import { readWorkflows, workflowProblems } from './deployment/workflows.mjs';
import { ofKind, workloadsIn } from './deployment/workloads.mjs';

/** In development only. */
const SANDBOX = 'sandbox';

/** @param {string} what @param {readonly string[]} problems */
function report(what, problems) {
  process.stdout.write(`${problems.length === 0 ? 'ok ' : 'BAD'} ${what}\n`);
  for (const problem of problems) process.stdout.write(`    ${problem}\n`);
  if (problems.length > 0) process.exitCode = 1;
}

const compose = readCompose();
report('docker-compose.yml: valid by the Compose specification', composeProblems(compose));
report('docker-compose.yml: every service, told what it reads', composeSettingProblems());

const natsServer = await obtainNatsServer();
for (const dir of overlays()) await checkOverlay(dir);

report(
  'k8s/components/monitoring: alerts and dashboard ask for metrics that there are',
  monitoringProblems(),
);

for (const workflow of readWorkflows())
  report(`.github/workflows/${workflow.name}: valid by GitHub's parser`, await workflowProblems(workflow));

function composeSettingProblems() {
  const services = Object.values(compose.services);
  return apps().flatMap((app) => {
    const service = services.find((one) => appOf(one) === app);
    const told = Object.keys(service?.environment ?? {});
    return service ? settingProblems(app, told, [], settingsOf(app)) : [`${app} is not there`];
  });
}

/** @param {string} dir */
async function checkOverlay(dir) {
  const name = `k8s/overlays/${basename(dir)}`;
  const files = assemble(dir);
  report(`${name}: every file that is named is there`, files.problems);
  report(`${name}: every file is valid by its schema`, await schemaProblems(files.resources, files.patches));
  const resources = await render(dir);
  if (!resources) {
    process.stdout.write(`--- ${name}: not rendered, since there is neither kubectl nor kustomize\n`);
    return;
  }
  report(`${name}: valid by its schemas as rendered`, await schemaProblems(resources));
  report(`${name}: what is named is there`, referenceProblems(resources));
  report(`${name}: how pods run and end`, podRuleProblems(resources));
  report(`${name}: every service, told what it reads`, overlaySettingProblems(resources));
  report(`${name}: every queue of every shard is followed`, scalingProblems(resources));
  report(`${name}: NATS takes its configuration`, await natsConfigProblems(resources, natsServer));
  report(`${name}: every service is a user of NATS`, natsUserProblems(resources));
  if (basename(dir) === 'production') report(`${name}: who may reach whom`, reachProblems(resources));
}

/** @param {readonly import('./deployment/render.mjs').Resource[]} resources @returns {string[]} */
function overlaySettingProblems(resources) {
  const workloads = workloadsIn(resources);
  const containers = workloads.flatMap(({ pod }) => pod.containers);
  return apps().flatMap((app) => {
    const container = containers.find((one) => one.args?.[0] === `apps/${app}/main.mjs` || one.name === app);
    if (!container) return app === SANDBOX ? [] : [`${app} is not there`];
    const shared = (container.envFrom ?? []).flatMap(({ configMapRef }) =>
      keysOf(resources, configMapRef?.name),
    );
    const own = (container.env ?? []).map((variable) => variable.name);
    return settingProblems(app, own, shared, settingsOf(app));
  });
}

/** @param {readonly import('./deployment/render.mjs').Resource[]} resources @param {string} [name] of a ConfigMap */
function keysOf(resources, name) {
  const map = ofKind(resources, 'ConfigMap').find(({ metadata }) => metadata.name === name);
  return Object.keys(map?.data ?? {});
}
