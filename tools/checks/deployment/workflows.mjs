/** .github/workflows against GitHub's own parser of workflows, expressions included. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../../dev/node.mjs';

/** @returns {{ name: string, content: string }[]} */
export function readWorkflows() {
  const dir = join(ROOT, '.github/workflows');
  const names = existsSync(dir) ? readdirSync(dir) : [];
  return names.map((name) => ({ name, content: readFileSync(join(dir, name), 'utf8') }));
}

/** @param {{ name: string, content: string }} workflow @returns {Promise<string[]>} */
export async function workflowProblems(workflow) {
  const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await parser();
  const { context, value } = parseWorkflow(workflow, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return [...context.errors.getErrors().map((error) => error.message), ...ownProblems(workflow)];
}

/** The package imports JSON without saying so, which bundlers allow and Node does not. */
async function parser() {
  const hooks = registerHooks({
    load: (url, context, next) =>
      next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
  });
  try {
    return await import('@actions/workflow-parser');
  } finally {
    hooks.deregister();
  }
}

/** Scripts that a workflow runs must be there. @param {{ name: string, content: string }} workflow @returns {string[]} */
function ownProblems({ name, content }) {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const jobs = /** @type {Record<string, { steps?: { run?: string }[] }>} */ (parse(content)?.jobs ?? {});
  const lines = Object.values(jobs).flatMap(({ steps = [] }) =>
    steps.flatMap(({ run = '' }) => run.split('\n')),
  );
  const used = lines.flatMap((line) => [...line.matchAll(/\bnpm (?:run )?(test|run \w+|start)\b/g)]);
  return used
    .map(([, script]) => String(script))
    .filter((script) => !(script in scripts))
    .map((script) => `${name} runs npm ${script}, which package.json does not have`);
}
