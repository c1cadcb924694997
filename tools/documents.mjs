/** `npm run documents`: docs/openapi.json, docs/asyncapi.json and the users of NATS, from the code. Node built-ins only. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { terminal } from './dev/console.mjs';
import { installDependencies } from './dev/install.mjs';
import { BIN, ROOT, servicesNode, toolsPath } from './dev/node.mjs';
import { mustRun, run } from './dev/run.mjs';

const HELP = `Makes from the code: docs/openapi.json, the HTTP API; docs/asyncapi.json, the messages on JetStream; and
k8s/base/nats/permissions.conf, which user of the NATS servers may use which subject.

Usage: npm run documents -- [options]

  --check   changes nothing; fails where a document is missing, out of date or not valid
  --help    this text
`;

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) process.stdout.write(HELP);
else
  process.exitCode = await documents().catch((error) => {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  });

async function documents() {
  await installDependencies(terminal);
  const env = { PATH: toolsPath(), NO_COLOR: '1', FORCE_COLOR: undefined };
  const build = [join(BIN, 'rolldown'), '-c', 'tools/documents/rolldown.config.mjs', '--log-level', 'warn'];
  await mustRun(servicesNode(), build, { cwd: ROOT, env });
  const args = ['--enable-source-maps', 'dist/documents/main.mjs', ...(values.check ? ['--check'] : [])];
  const { code } = await run(servicesNode(), args, { cwd: ROOT, env, show: true });
  return code;
}
