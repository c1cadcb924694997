/** The build of the Dockerfile without Docker: on the files that .dockerignore lets in, with the installed dependencies. */
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, toolsPath } from '../../dev/node.mjs';
import { mustRun } from '../../dev/run.mjs';

const OUT = '/out';

/** @returns {Promise<string>} a folder with what the Dockerfile copies into the image of production */
export async function buildImage() {
  const context = mkdtempSync(join(tmpdir(), 'countersign-context-'));
  const out = mkdtempSync(join(tmpdir(), 'countersign-image-'));
  try {
    for (const file of filesOfContext()) cpSync(join(ROOT, file), join(context, file));
    symlinkSync(join(ROOT, 'node_modules'), join(context, 'node_modules'));
    for (const command of buildCommands())
      await mustRun('sh', ['-c', command.replace(`mkdir ${OUT} &&`, '').replaceAll(OUT, out)], {
        cwd: context,
        env: { PATH: toolsPath() },
      });
    return out;
  } finally {
    rmSync(context, { recursive: true });
  }
}

/** What the Dockerfile runs between two marks. @returns {string[]} */
function buildCommands() {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const marked = /^# build:\n(.*)^# :build$/ms.exec(text)?.[1] ?? '';
  const commands = [...marked.matchAll(/^RUN (.*)$/gm)].map(([, command]) => String(command));
  if (commands.length === 0) throw new Error('The Dockerfile has nothing between "# build:" and "# :build".');
  return commands;
}

/** @returns {string[]} */
function filesOfContext() {
  const rules = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
  const [everything, ...others] = rules;
  if (everything !== '**') throw new Error('.dockerignore lets in more than it names.');
  const taken = others.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  const left = others.filter((rule) => !rule.startsWith('!'));
  return globSync(
    taken.flatMap((rule) => [rule, `${rule}/**`]),
    { cwd: ROOT, exclude: left, withFileTypes: true },
  )
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}
