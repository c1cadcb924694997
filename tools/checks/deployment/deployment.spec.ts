import { composeProblems, readCompose, type Compose } from './compose.mjs';
import { alertProblems, declaredMetrics, expressionProblems } from './monitoring.mjs';
import { reachProblems } from './reach.mjs';
import { referenceProblems } from './references.mjs';
import { resourcesIn, type Resource } from './render.mjs';
import { podRuleProblems, queues, scalingProblems } from './rules.mjs';
import { typeProblems } from './schemas.mjs';
import { settingProblems, settingsIn } from './settings.mjs';

const deployment = (container: object, spec: object = {}): Resource => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: {
      metadata: { labels: { app: 'a', 'countersign/nats': 'client' } },
      spec: { containers: [{ name: 'service', ...container }], ...spec },
    },
  },
});

describe('docker-compose.yml', () => {
  const changed = (change: (compose: Compose) => void): string[] => {
    const compose = readCompose();
    change(compose);
    return composeProblems(compose);
  };

  it('may not misspell a field', () => {
    const problems = changed(({ services }) => Object.assign(services.nats ?? {}, { comand: [] }));
    expect(problems).toEqual([expect.stringContaining('comand')]);
  });

  it('may not wait for the health of what nobody checks', () => {
    const problems = changed(({ services }) => delete services.azurite?.healthcheck);
    expect(problems).toContain('token-store waits for azurite to be healthy, which nobody checks');
  });

  it('may not kill a service before it has stopped by itself', () => {
    for (const stop_grace_period of ['25s', undefined]) {
      const problems = changed(({ services }) =>
        Object.assign(services.ingestion ?? {}, { stop_grace_period }),
      );
      expect(problems).toEqual([
        expect.stringMatching(/^ingestion is killed after \d+ s, and may take 25 s/),
      ]);
    }
  });

  it('may not name what does not exist', () => {
    const problems = changed(({ services }) =>
      Object.assign(services.gateway ?? {}, { configs: [{ source: 'none' }] }),
    );
    expect(problems).toEqual(['gateway names the config none, which does not exist']);
  });
});

describe('resources', () => {
  it('may not misspell a field, in whole or in a patch, nor hold a value of the wrong type', () => {
    const scaled = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 's' },
      spec: { scaleTargetRef: { name: 'a' }, minReplicaCountt: 0, triggers: [] },
    };
    const patch = deployment({ resources: { limit: {} } });
    expect(typeProblems([deployment({ stdin: 'yes' }), scaled], [patch])).toEqual([
      expect.stringMatching(/^Deployment a: .*'string' is not assignable to type 'boolean/),
      expect.stringMatching(/^ScaledObject s: .*minReplicaCountt/),
      expect.stringMatching(/^patch of Deployment a: .*limit/),
    ]);
  });
});

describe('settings', () => {
  const source = `class C { @Setting('A', 'a') readonly a!: string; @Setting('B', 'b') readonly b?: string; }`;

  it('are read from the source of a configuration class, with whether each is needed', () => {
    expect(settingsIn(source)).toEqual([
      { name: 'A', isRequired: true },
      { name: 'B', isRequired: false },
    ]);
  });

  it('must be told where they are needed, and only where they are read', () => {
    expect(settingProblems('x', ['B', 'C'], ['D'], settingsIn(source))).toEqual([
      'x is not told A, which it needs',
      'x is told C, which it does not read',
    ]);
  });
});

describe('names', () => {
  it('of a Secret, a volume and a port must exist', () => {
    const env = [{ name: 'X', valueFrom: { secretKeyRef: { name: 'nowhere', key: 'x' } } }];
    const [service] = resourcesIn(
      'apiVersion: v1\nkind: Service\nmetadata: { name: s }\nspec: { selector: { app: a }, ports: [{ port: 80, targetPort: http }] }',
    );
    const pod = deployment({ env, volumeMounts: [{ name: 'v', mountPath: '/v' }] });
    expect(referenceProblems([pod, service as Resource])).toEqual([
      'a names the Secret nowhere, which does not exist',
      'a names the volume v, which does not exist',
      'Service s names the port http, which no container has',
    ]);
  });
});

describe('what Prometheus scrapes', () => {
  it('must be a port of the pods that it selects', () => {
    const monitor = (port: string, app: string): Resource => ({
      apiVersion: '',
      kind: 'PodMonitor',
      metadata: { name: 'm' },
      spec: { selector: { matchLabels: { app } }, podMetricsEndpoints: [{ port }] },
    });
    const pod = deployment({ ports: [{ name: 'metrics', containerPort: 1 }] });
    expect(referenceProblems([pod, monitor('metrics', 'a')])).toEqual([]);
    const problem = (port: string) => `PodMonitor m names the port ${port}, which no pod of it has`;
    expect(referenceProblems([pod, monitor('metric', 'a')])).toEqual([problem('metric')]);
    expect(referenceProblems([pod, monitor('metrics', 'b')])).toEqual([problem('metrics')]);
  });
});

describe('pods', () => {
  it('may not be killed before their service had its time to stop, nor run as root', () => {
    expect(podRuleProblems([deployment({})])).toEqual(
      expect.arrayContaining([
        'a may run as root',
        'a lets the container service write to its root, gain privileges or keep capabilities',
        'a has no readiness probe',
      ]),
    );
    const sleepy = deployment({ lifecycle: { preStop: { sleep: { seconds: 10 } } } });
    expect(podRuleProblems([sleepy])).toContain('a is killed after 30 s, and may take 35 s to stop');
  });
});

describe('pods of a job', () => {
  it('are under the same rules, but that they are not asked whether they are ready', () => {
    const template = Object(deployment({}).spec).template;
    template.spec.containers[0].name = 'a-command';
    const spec = { schedule: '', suspend: true, jobTemplate: { spec: { template } } };
    const job = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'a' }, spec };
    expect(podRuleProblems([job])).toEqual([
      'a may run as root',
      'a has no seccomp profile',
      'a is given a token of the cluster',
      'a lets the container a-command write to its root, gain privileges or keep capabilities',
      'a has no requests or no memory limit for the container a-command',
    ]);
  });
});

describe('scaling', () => {
  it('must follow every queue of every shard once', () => {
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'countersign' },
      data: { SHARDS: '1' },
    };
    const triggers = [...queues().slice(1), 'unknown'].map((queue) => ({
      metadata: { stream: 'WF_0', consumer: `queue-${queue}` },
    }));
    const scaled = { apiVersion: '', kind: 'ScaledObject', metadata: { name: 's' }, spec: { triggers } };
    expect(scalingProblems([config, scaled])).toEqual([
      `nobody is scaled by WF_0 queue-${queues()[0]}`,
      'a ScaledObject follows WF_0 queue-unknown, which does not exist or is followed already',
    ]);
  });
});

describe('network policies', () => {
  it('may open nothing that is not wanted, and must refuse by default', () => {
    const policy = (spec: object): Resource => ({
      apiVersion: '',
      kind: 'NetworkPolicy',
      metadata: { name: 'p' },
      spec,
    });
    const open = policy({
      podSelector: { matchLabels: { app: 'a' } },
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 443 }] }],
    });
    expect(reachProblems([deployment({}), open])).toEqual(
      expect.arrayContaining([
        'nobody wants a -> 0.0.0.0/0:443',
        'nothing is refused by default',
        "p opens private addresses, FlexDeploy's among them",
        'there is no way flexdeploy-adapter -> 192.0.2.10/32:443',
      ]),
    );
  });
});

describe('alerts and dashboard', () => {
  const declared = new Set(['countersign_steps_total', 'countersign_wait_seconds']);
  const problems = (expr: string) => expressionProblems({ where: 'x', expr }, declared);

  it('may not hold what is no PromQL, nor name metrics that nobody declares', () => {
    expect(problems('rate(countersign_steps_total[5m]) > 1')).toEqual([]);
    expect(problems('sum(rate(countersign_wait_seconds_bucket{le="1"}[5m]))')).toEqual([]);
    expect(problems('sum(countersign_steps_total')).toEqual([expect.stringMatching(/^x is no PromQL at 27/)]);
    expect(problems('countersign_steps_total / countersign_stepz_total')).toEqual([
      'x names countersign_stepz_total, which nobody declares',
    ]);
  });

  it('know what the code and the library declare', () => {
    expect([...declaredMetrics()]).toEqual(
      expect.arrayContaining([
        'countersign_queue_lag',
        'http_server_request_duration_seconds',
        'process_cpu_seconds_total',
      ]),
    );
  });

  it('must say how bad it is and what to do', () => {
    expect(alertProblems({ alert: 'Bad', expr: '1' }, '')).toHaveLength(5);
    const annotations = { summary: 's', description: 'd', runbook: 'docs/operations.md#what-to-do' };
    const alert = { alert: 'Good', expr: '1', labels: { severity: 'warning' }, annotations };
    expect(alertProblems(alert, '## What to do\n`Good`: nothing')).toEqual([]);
    expect(alertProblems(alert, '## What else\n`Good`: nothing')).toEqual([
      'Good leads to no section of the runbook',
    ]);
  });
});
