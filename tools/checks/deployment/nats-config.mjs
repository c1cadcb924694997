/** What NATS is configured with in an overlay, read by nats-server itself. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { run } from '../../dev/run.mjs';
import { ofKind, workloadsIn } from './workloads.mjs';

/** Where the pod has it, and where the check has it instead. */
const CONFIG = 'nats.conf';

/**
 * @param {readonly import('./render.mjs').Resource[]} resources
 * @param {string} natsServer the program
 * @returns {Promise<string[]>}
 */
export async function natsConfigProblems(resources, natsServer) {
  const map = ofKind(resources, 'ConfigMap').find(({ data }) => CONFIG in Object(data));
  if (!map) return [`no ConfigMap holds ${CONFIG}`];
  const dir = await mkdtemp(join(tmpdir(), 'countersign-nats-'));
  try {
    const files = /** @type {Record<string, string>} */ (map.data);
    const text = Object.values(files).join('\n');
    await writeCertificates(join(dir, 'nats-tls'));
    await mkdir(join(dir, 'data'));
    for (const [name, content] of Object.entries(files))
      await writeFile(
        join(dir, name),
        content
          .replaceAll('/etc/nats-tls', join(dir, 'nats-tls'))
          .replaceAll('"/data"', `"${join(dir, 'data')}"`),
      );
    const { code, output } = await run(natsServer, ['-t', '-c', join(dir, CONFIG)], {
      env: variablesIn(text),
    });
    return code === 0 ? [] : [`nats-server refuses its configuration: ${output.trim()}`];
  } finally {
    await rm(dir, { recursive: true });
  }
}

/**
 * Every service has its user, and is given that user's password.
 *
 * @param {readonly import('./render.mjs').Resource[]} resources @returns {string[]}
 */
export function natsUserProblems(resources) {
  const map = ofKind(resources, 'ConfigMap').find(({ data }) => CONFIG in Object(data));
  const text = Object.values(/** @type {Record<string, string>} */ (map?.data ?? {})).join('\n');
  const users = new Map(
    [...text.matchAll(/user: "([\w-]+)",?\s+password: \$(\w+)/g)].map(([, user, password]) => [
      user,
      password,
    ]),
  );
  return workloadsIn(resources)
    .filter(({ labels }) => labels['countersign/nats'] === 'client')
    .flatMap(({ name, pod }) => {
      const env = pod.containers.flatMap((container) => container.env ?? []);
      const key = env.find((variable) => variable.name === 'NATS_PASSWORD')?.valueFrom?.secretKeyRef?.key;
      if (!users.has(name)) return [`NATS knows no user ${name}`];
      return users.get(name) === key
        ? []
        : [`${name} is given ${key}, and its password is ${users.get(name)}`];
    });
}

/** A value for each variable that a configuration takes from the environment. @param {string} text */
const variablesIn = (text) =>
  Object.fromEntries(
    [...text.matchAll(/\$([A-Z][A-Z0-9_]*)/g)].map(([, name]) => [String(name), 'valueOfAVariable']),
  );

/** @param {string} dir */
async function writeCertificates(dir) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'nats' }]);
  await mkdir(dir);
  await writeFile(join(dir, 'ca.crt'), cert);
  await writeFile(join(dir, 'tls.crt'), cert);
  await writeFile(join(dir, 'tls.key'), key);
}
