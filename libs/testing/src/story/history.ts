import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  replay,
  WorkflowRegistry,
  type Input,
  type JournalEntry,
  type Replayed,
  type WorkflowDefinition,
} from '@countersign/workflow';
import { recordsHistories } from './config';
import type { Story } from './story';

/** An instance's journal, as a file beside its workflow. */
export interface History {
  readonly id: string;
  readonly inputs: readonly Input[];
  readonly steps: readonly JournalEntry[];
}

/** Writes a story's journal to `<folder>/<name>.json` while histories are recorded; see config.ts. */
export function keepHistory(folder: string, name: string, { instance }: Story): void {
  if (!recordsHistories()) return;
  const { id, inputs, steps } = instance;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ id, inputs, steps }, null, 2)}\n`);
}

/** The histories of a folder by name. */
export function historiesIn(folder: string): [name: string, history: History][] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => [
    file.replace(/\.json$/, ''),
    JSON.parse(readFileSync(join(folder, file), 'utf8')) as History,
  ]);
}

/** Replays a history with the code of today. */
export function replayHistory(history: History, definitions: readonly WorkflowDefinition[]): Replayed {
  const registry = new WorkflowRegistry(definitions);
  return replay({
    id: history.id,
    find: (name, version) => registry.find(name, version),
    inputs: new Map(history.inputs.map(({ seq, body }) => [seq, body])),
    steps: history.steps,
  });
}
