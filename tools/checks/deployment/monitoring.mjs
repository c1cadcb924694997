/** Alerts and dashboard: valid PromQL, of metrics that the code declares; every alert says what to do. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { ROOT } from '../../dev/node.mjs';

const COMPONENT = join(ROOT, 'k8s/components/monitoring');
const RUNBOOK = 'docs/operations.md';
/** What Prometheus itself adds. */
const OF_PROMETHEUS = ['up'];
const SEVERITIES = ['critical', 'warning'];

/** @typedef {import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule').IPrometheusRule} PrometheusRule */
/** @typedef {{ alert?: string, expr: string, labels?: Record<string, string>, annotations?: Record<string, string> }} Alert */
/** @typedef {{ title: string, targets?: { expr: string }[], panels?: Panel[] }} Panel */
/** @typedef {{ where: string, expr: string }} Expression */

/** @returns {Alert[]} */
export function readAlerts() {
  const rules = /** @type {PrometheusRule} */ (parse(readFileSync(join(COMPONENT, 'alerts.yaml'), 'utf8')));
  const groups = rules.spec.groups ?? [];
  return groups.flatMap(({ rules = [] }) => rules.map((rule) => ({ ...rule, expr: String(rule.expr) })));
}

/** @returns {Expression[]} what the dashboard shows; Grafana's own variables stand for durations */
export function readDashboard() {
  const { panels } = /** @type {{ panels: Panel[] }} */ (
    JSON.parse(readFileSync(join(COMPONENT, 'dashboard.json'), 'utf8'))
  );
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      where: `the panel "${title}"`,
      expr: expr.replaceAll(/\$__(rate_interval|range)\b/g, '5m'),
    })),
  );
}

/** @returns {ReadonlySet<string>} the names that the code of services and libraries declares, and those of prom-client */
export function declaredMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const own = ['libs', 'apps'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\/src\/.+\.ts$/.test(file) && !/\.spec\.ts$|\/testing\//.test(file))
      .flatMap((file) =>
        readFileSync(join(ROOT, folder, file), 'utf8').match(/'(countersign|http_server)_\w+'/g),
      ),
  );
  return new Set([
    ...OF_PROMETHEUS,
    ...own.flatMap((name) => name?.slice(1, -1) ?? []),
    ...registry.getMetricsAsArray().map(({ name }) => name),
  ]);
}

/** @param {Expression} expression @param {ReadonlySet<string>} declared @returns {string[]} */
export function expressionProblems({ where, expr }, declared) {
  /** @type {string[]} */
  const problems = [];
  parser.parse(expr).iterate({
    enter: ({ type, from, to, node }) => {
      if (type.isError) problems.push(`${where} is no PromQL at ${from}: ${expr}`);
      if (type.name !== 'Identifier' || node.parent?.name !== 'VectorSelector') return;
      const name = expr.slice(from, to);
      if (!declared.has(name) && !declared.has(name.replace(/_(bucket|count|sum)$/, '')))
        problems.push(`${where} names ${name}, which nobody declares`);
    },
  });
  return problems;
}

/** @param {Alert} alert @param {string} runbook its text @returns {string[]} */
export function alertProblems({ alert = '', labels = {}, annotations = {} }, runbook) {
  const [file, anchor] = (annotations.runbook ?? '').split('#');
  const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    String(title)
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  return [
    ...(SEVERITIES.includes(labels.severity ?? '') ? [] : [`has no severity of ${SEVERITIES.join(', ')}`]),
    ...['summary', 'description'].filter((name) => !annotations[name]).map((name) => `has no ${name}`),
    ...(file === RUNBOOK && anchors.includes(anchor ?? '') ? [] : ['leads to no section of the runbook']),
    ...(runbook.includes(`\`${alert}\``) ? [] : [`is not told of in ${RUNBOOK}`]),
  ].map((problem) => `${alert} ${problem}`);
}

/** @returns {string[]} */
export function monitoringProblems() {
  const declared = declaredMetrics();
  const runbook = readFileSync(join(ROOT, RUNBOOK), 'utf8');
  const alerts = readAlerts();
  const expressions = [
    ...alerts.map(({ alert, expr }) => ({ where: String(alert), expr })),
    ...readDashboard(),
  ];
  return [
    ...expressions.flatMap((expression) => expressionProblems(expression, declared)),
    ...alerts.flatMap((alert) => alertProblems(alert, runbook)),
  ];
}
