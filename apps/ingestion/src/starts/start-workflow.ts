import { instanceIdProblem, statusUri, workflows } from '@countersign/contracts';
import { WorkflowClient } from '@countersign/jetstream';
import { Problem, validated } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { keyedInstanceId, randomInstanceId, readIdempotencyKey, requestDigest } from './idempotency';

export interface StartRequest {
  readonly workflow: string;
  /** Id of who asks; see `Callers`. */
  readonly caller: string;
  readonly body: unknown;
  /** The id that the caller wants. Default: one that nobody can guess. */
  readonly id?: string | undefined;
  /** The `Idempotency-Key` header as it came. */
  readonly idempotencyKey?: string | undefined;
}

/** Starts an instance of a workflow from an HTTP request. */
@Injectable()
export class StartWorkflow {
  constructor(
    private readonly client: WorkflowClient,
    private readonly config: IngestionConfig,
  ) {}

  /**
   * Returns the instance's id once its start is stored.
   *
   * @throws Problem 404 unknown workflow, 400 input, id or key not valid, 409 id in use,
   *   422 the key was used for another request
   */
  async run(request: StartRequest): Promise<string> {
    const workflow = workflows.find(({ name }) => name === request.workflow);
    if (workflow === undefined) throw unknownWorkflow(request.workflow);
    const key = checkedKey(request.idempotencyKey);
    const id = checkedId(request.id) ?? this.idFor(request, key);
    const body = await validated<object>(workflow.input).transform(request.body, { type: 'body' });
    const input = JSON.parse(JSON.stringify(body)) as Json;
    const outcome = await this.client.start({
      workflow: workflow.name,
      id,
      input,
      ...(key === undefined ? {} : { digest: requestDigest(workflow.name, input) }),
    });
    if (outcome.kind !== 'exists') return outcome.id;
    throw request.id === undefined ? keyReused() : idInUse(statusUri(this.config.publicUrl, id));
  }

  private idFor({ caller, workflow }: StartRequest, key: string | undefined): string {
    return key === undefined
      ? randomInstanceId()
      : keyedInstanceId(this.config.idempotencySecret, { caller, workflow, key });
  }
}

function checkedId(id: string | undefined): string | undefined {
  const problem = id === undefined ? undefined : instanceIdProblem(id);
  if (problem === undefined) return id;
  throw new Problem(400, `The instance id ${problem}.`, {
    errors: [{ field: 'instanceId', message: problem }],
  });
}

function checkedKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const read = readIdempotencyKey(header);
  if ('key' in read) return read.key;
  throw new Problem(400, `${read.problem}.`, {
    errors: [{ field: 'Idempotency-Key', message: read.problem }],
  });
}

const unknownWorkflow = (name: string) =>
  new Problem(
    404,
    `There is no workflow ${name}. There are: ${workflows.map(({ name }) => name).join(', ')}.`,
    {
      title: 'Unknown workflow',
    },
  );

const idInUse = (location: string) =>
  new Problem(409, 'An instance with this id exists. Choose another id, or follow Location.', {
    title: 'Instance id in use',
    headers: { location },
  });

const keyReused = () =>
  new Problem(
    422,
    'This Idempotency-Key came with another request before. Use a new key for a new request.',
    {
      title: 'Idempotency-Key reused',
    },
  );
