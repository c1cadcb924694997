import { CodedError } from '../errors';
import type { WorkflowDefinition } from '../language/workflow';

/** The workflow code of one deployment: every version of every workflow that it can run. */
export class WorkflowRegistry {
  readonly #versions = new Map<string, Map<number, WorkflowDefinition>>();

  /** @throws CodedError `DuplicateWorkflow` when a version is given twice. */
  constructor(definitions: readonly WorkflowDefinition[]) {
    for (const definition of definitions) {
      const versions = this.#versions.get(definition.name) ?? new Map<number, WorkflowDefinition>();
      if (versions.has(definition.version)) {
        throw new CodedError(
          'DuplicateWorkflow',
          `workflow ${definition.name} has two definitions of version ${definition.version}`,
        );
      }
      this.#versions.set(definition.name, versions.set(definition.version, definition));
    }
  }

  /** The code at a version; without one, at the newest. */
  find(name: string, version?: number): WorkflowDefinition | undefined {
    const versions = this.#versions.get(name);
    if (versions === undefined) return undefined;
    return versions.get(version ?? Math.max(...versions.keys()));
  }
}
