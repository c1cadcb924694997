import { Problem } from '@countersign/service';
import { FakeWorkflowClient } from '@countersign/testing';
import { IngestionConfig } from '../config';
import { ApprovalRules } from '../rules/approval-rules';
import { StartWorkflow } from './start-workflow';

const config = Object.assign(new IngestionConfig(), {
  publicUrl: 'https://flows.example/',
  idempotencySecret: 'a secret of the server',
});
const body = { taskid: '8900', description: 'DiPocket' };
const request = { workflow: 'NotifyOnTask', caller: 'anonymous', body };

let client: FakeWorkflowClient;
let starts: StartWorkflow;
beforeEach(() => {
  client = new FakeWorkflowClient();
  starts = new StartWorkflow(FakeWorkflowClient.asClient(client), config, new ApprovalRules(config));
});

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (error instanceof Problem) return error;
  throw new Error('It was not refused');
}

describe('starting a workflow', () => {
  it('stores the input under an id that nobody can guess', async () => {
    const id = await starts.run(request);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(client.starts).toEqual([{ workflow: 'NotifyOnTask', id, input: body }]);
  });

  it('takes the id that the caller wants', async () => {
    expect(await starts.run({ ...request, id: 'Release 7 (ü)' })).toBe('Release 7 (ü)');
  });

  it('says where the instance is that has the id already', async () => {
    client.startAnswers = 'exists';
    const problem = await problemOf(starts.run({ ...request, id: 'Release 7' }));
    expect(problem.getStatus()).toBe(409);
    expect(problem.more.headers).toEqual({ location: 'https://flows.example/api/status/Release%207' });
  });

  it.each(['@x', 'a/b', 'a#b', 'x'.repeat(257), '..'])('refuses the id %s by name', async (id) => {
    const problem = await problemOf(starts.run({ ...request, id }));
    expect([problem.getStatus(), problem.more.errors?.[0]?.field]).toEqual([400, 'instanceId']);
    expect(client.starts).toEqual([]);
  });

  it('refuses a workflow that there is not, and names those that there are', async () => {
    const problem = await problemOf(starts.run({ ...request, workflow: 'Nope' }));
    expect(problem.getStatus()).toBe(404);
    expect(problem.detail).toContain('NotifyOnTask');
  });

  it.each<[string, unknown, string[]]>([
    ['no taskid', { description: 'x' }, ['taskid']],
    ['wrong types', { taskid: true, description: 7 }, ['description', 'taskid']],
    ['an unknown field', { ...body, colour: 'red' }, ['colour']],
    ['a time to live that is a text', { ...body, ttlSeconds: '60' }, ['ttlSeconds']],
  ])('refuses %s and names the field', async (_, bad, fields) => {
    const problem = await problemOf(starts.run({ ...request, body: bad }));
    expect(problem.getStatus()).toBe(400);
    expect(problem.more.errors?.map(({ field }) => field).sort()).toEqual(fields);
    expect(client.starts).toEqual([]);
  });
});

describe('starting with an Idempotency-Key', () => {
  const keyed = { ...request, idempotencyKey: '"release-7"' };

  it('asks for the same instance for the same request, whatever the order of its fields (hazard 25)', async () => {
    const id = await starts.run(keyed);
    await starts.run({ ...keyed, body: { description: body.description, taskid: body.taskid } });
    const [first, second] = client.starts;
    expect(first).toEqual({ workflow: 'NotifyOnTask', id, input: body, digest: expect.any(String) });
    expect(second).toEqual(first);
  });

  it('asks for another instance for another caller', async () => {
    expect(await starts.run(keyed)).not.toBe(await starts.run({ ...keyed, caller: 'somebody' }));
  });

  it('answers with the first instance when JetStream has it already', async () => {
    client.startAnswers = 'same';
    expect(await starts.run(keyed)).toBe(client.starts[0]?.id);
  });

  it('refuses another request under the same key with 422', async () => {
    client.startAnswers = 'exists';
    expect((await problemOf(starts.run(keyed))).getStatus()).toBe(422);
  });

  it('still says 409 for an id of the caller that is in use', async () => {
    client.startAnswers = 'exists';
    expect((await problemOf(starts.run({ ...keyed, id: 'mine' }))).getStatus()).toBe(409);
  });

  it('refuses a key that is empty or too long, by name', async () => {
    for (const idempotencyKey of ['', '""', 'k'.repeat(256)]) {
      const problem = await problemOf(starts.run({ ...request, idempotencyKey }));
      expect([problem.getStatus(), problem.more.errors?.[0]?.field]).toEqual([400, 'Idempotency-Key']);
    }
  });
});

describe('a start that another system tells of', () => {
  const told = { workflow: 'NotifyOnTask', caller: 'flexdeploy', name: '8900' };

  it('has an id that follows from who tells and what they call it, and that nobody can guess', async () => {
    const id = await starts.once(told, body);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(id).toBe(starts.idOf({ ...told }));
    expect(starts.idOf({ ...told, name: '8901' })).not.toBe(id);
    expect(starts.idOf({ ...told, caller: 'another' })).not.toBe(id);
    expect(client.starts).toEqual([{ workflow: 'NotifyOnTask', id, input: body }]);
  });

  it.each(['same', 'exists'] as const)(
    'is there already, told of in other words or not (%s)',
    async (answer) => {
      client.startAnswers = answer;
      expect(await starts.once(told, { ...body, description: 'In other words' })).toBe(starts.idOf(told));
    },
  );

  it('is not the instance of somebody who chose that name as Idempotency-Key', async () => {
    expect(await starts.run({ ...request, idempotencyKey: '8900' })).not.toBe(starts.idOf(told));
  });

  it('is refused with an input that is not valid', async () => {
    expect((await problemOf(starts.once(told, { taskid: '' }))).getStatus()).toBe(400);
  });
});
