/** The committed document against what really is on the wire. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import document from '@countersign/asyncapi';
import { activities, instanceIdOf, parseTaskSubject } from '@countersign/contracts';
import type { Json } from '@countersign/workflow';
import { Ajv } from 'ajv';
import { asyncApiProblems } from '../check';
import { CHANNELS } from './channels';
import { operations } from './operations';

const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema({ ...document, $id: 'subjects' });
const pointer = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
/** Compiled once for each message. */
const accepts = (message: string, body: unknown): boolean =>
  ajv.getSchema(`subjects#/components/messages/${pointer(message)}/payload`)!(body) === true;
/** The messages of a channel that a body is one of. */
const kinds = (channel: string, body: unknown): string[] =>
  (CHANNELS[channel]?.carries ?? []).filter((message) => accepts(message, body));

interface History {
  readonly inputs: readonly { readonly body: Readonly<Record<string, unknown>> }[];
  readonly steps: readonly { readonly step: unknown }[];
}

const workflows = join(__dirname, '../../../../libs/workflows/src');
const histories = readdirSync(workflows, { recursive: true, encoding: 'utf8' })
  .filter((file) => /histories[\\/].+\.json$/.test(file))
  .map((file) => [file, JSON.parse(readFileSync(join(workflows, file), 'utf8')) as History] as const);

describe('the AsyncAPI document', () => {
  it.each(histories)(
    'knows every message of the recorded history %s, as exactly one',
    (_file, { inputs, steps }) => {
      expect(inputs.length).toBeGreaterThan(0);
      for (const { body } of inputs) expect(kinds('inputs', body)).toHaveLength(1);
      for (const { step } of steps) expect(kinds('steps', step)).toEqual(['step']);
    },
  );

  it('tells the inputs apart', () => {
    const by = { id: 'U1', name: 'Ada' };
    const data = { action: 'approve', by, channel: 'slack' };
    expect(kinds('inputs', { type: 'event', name: `decision.${'a'.repeat(64)}`, data })).toEqual([
      'event.decision',
    ]);
    expect(kinds('inputs', { type: 'event', name: 'Approval', data: null })).toEqual(['event.other']);
    expect(kinds('inputs', { type: 'rewind', reason: 'fixed' })).toEqual(['control']);
    expect(kinds('inputs', { type: 'timer', run: 1, n: 'w', due: 2 })).toEqual(['timer']);
    expect(kinds('inputs', { type: 'started', workflow: 'NotifyOnTask', input: { taskid: 8900 } })).toEqual(
      [],
    );
    expect(kinds('inputs', { type: 'unheard-of' })).toEqual([]);
  });

  it.each(activities.map(({ name, queue }) => [name, queue]))(
    'has the subject of tasks %s',
    (name, queue) => {
      const subject = CHANNELS[`task.${name}`]?.address
        .replace('{shard}', '0')
        .replace('{instanceId}', 'order=2F42')
        .replace('{run}', '17')
        .replace('{n}', '3');
      expect(parseTaskSubject(subject ?? '')).toEqual({
        shard: 0,
        instanceId: 'order/42',
        queue,
        activity: name,
        run: 17,
        n: 3,
      });
      expect(instanceIdOf(subject ?? '')).toBe('order/42');
    },
  );

  it('says who sends and who receives what each channel carries', () => {
    const all = Object.values(operations()) as { action: string; channel: { $ref: string } }[];
    const lacking = Object.keys(CHANNELS).flatMap((name) =>
      ['send', 'receive']
        .filter(
          (action) => !all.some((one) => one.action === action && one.channel.$ref === `#/channels/${name}`),
        )
        .map((action) => `${name}: nobody ${action}s`),
    );
    // Dead letters wait for people.
    expect(lacking.filter((line) => !/^dead\..+ receives$/.test(line))).toEqual([]);
  });

  it('is refused when it is not AsyncAPI, or refers to nothing', () => {
    const broken = (more: object): string[] => asyncApiProblems({ ...document, ...more } as unknown as Json);
    expect(broken({})).toEqual([]);
    expect(broken({ channels: { inputs: { adress: 'wf' } } })).not.toEqual([]);
    expect(broken({ components: {} })).toContain('#/components/parameters/shard leads nowhere');
  });
});
