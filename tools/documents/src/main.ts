/** Writes the documents, or with `--check` compares them with those that are there. Started by tools/documents.mjs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Json } from '@countersign/workflow';
import { format, resolveConfig } from 'prettier';
import { documentsOf, type ProjectDocument } from './documents';

const root = resolve('.');
const isCheck = process.argv.includes('--check');

async function settle({ file, content, problems }: ProjectDocument): Promise<string[]> {
  if (problems.length > 0) return problems.map((problem) => `${file}: ${problem}`);
  const path = join(root, file);
  const text = typeof content === 'string' ? content : await formatted(path, content);
  if (isCheck)
    return textOf(path) === text
      ? []
      : [`${file} is not what the code says any more. Run: npm run documents`];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return [];
}

const formatted = async (path: string, content: Json): Promise<string> =>
  format(JSON.stringify(content), { ...(await resolveConfig(path)), filepath: path });

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

try {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const problems: string[] = [];
  for (const document of await documentsOf(root, version)) problems.push(...(await settle(document)));
  if (problems.length > 0) throw new Error(problems.join('\n'));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
