import { waitForEvent, workflow, WorkflowRegistry } from '..';
import { go } from '../testing/refs';

const at = (version: number, name = 'W') => workflow({ name }, { version }, () => waitForEvent(go));

describe('WorkflowRegistry', () => {
  it('gives a version, or the newest', () => {
    const registry = new WorkflowRegistry([at(2), at(10), at(1)]);
    expect(registry.find('W', 2)?.version).toBe(2);
    expect(registry.find('W')?.version).toBe(10);
    expect(registry.find('W', 3)).toBeUndefined();
    expect(registry.find('V')).toBeUndefined();
  });

  it('refuses two definitions of one version', () => {
    expect(() => new WorkflowRegistry([at(1), at(1, 'V'), at(1)])).toThrow('two definitions of version 1');
  });
});
