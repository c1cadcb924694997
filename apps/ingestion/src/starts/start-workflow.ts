import { instanceIdProblem, statusUri, workflows } from '@countersign/contracts';
import { type StartOutcome, WorkflowClient } from '@countersign/jetstream';
import { Problem, validated } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { IngestionConfig } from '../config';
import { ApprovalRules } from '../rules/approval-rules';
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
  /** Equal for requests that mean the same, where that is not what the body says. */
  readonly digest?: string;
}

/** A start that another system tells of, perhaps more than once, under a name of its own. */
export interface NamedStart {
  readonly workflow: string;
  /** Which system. */
  readonly caller: string;
  /** What the system calls it. */
  readonly name: string;
}

/** Starts an instance of a workflow from an HTTP request, as the operator's rules for approvals say. */
@Injectable()
export class StartWorkflow {
  constructor(
    private readonly client: WorkflowClient,
    private readonly config: IngestionConfig,
    private readonly rules: ApprovalRules,
  ) {}

  /**
   * Returns the instance's id once its start is stored.
   *
   * @throws Problem 404 unknown workflow, 400 input, id or key not valid, 409 id in use,
   *   422 the key was used for another request
   */
  async run(request: StartRequest): Promise<string> {
    const workflow = workflowOf(request.workflow);
    const id = this.idFor(request);
    const digest = request.idempotencyKey === undefined ? undefined : (request.digest ?? requestDigest);
    const { kind } = await this.start(workflow, id, request.body, digest);
    if (kind !== 'exists') return id;
    throw request.id === undefined ? keyReused() : idInUse(statusUri(this.config.publicUrl, id));
  }

  /**
   * Returns the id once the instance is there; the one that is there already keeps the input that it has.
   *
   * @throws Problem 400 input not valid
   */
  async once(start: NamedStart, body: unknown): Promise<string> {
    const id = this.idOf(start);
    await this.start(workflowOf(start.workflow), id, body);
    return id;
  }

  /** The id that a start of that name has: the same every time, and not to be guessed. */
  idOf({ workflow, caller, name }: NamedStart): string {
    return keyedInstanceId(this.config.idempotencySecret, { caller, workflow, key: name });
  }

  /**
   * The id that the instance of a request has; a new one each time where neither id nor key is given.
   *
   * @throws Problem 400 id or key not valid
   */
  idFor({ workflow, caller, id, idempotencyKey }: Omit<StartRequest, 'body'>): string {
    const key = checkedKey(idempotencyKey);
    if (id !== undefined) return checkedId(id);
    return key === undefined ? randomInstanceId() : this.idOf({ workflow, caller, name: key });
  }

  /** The digest is of what was asked for: a rule that changed meanwhile makes no other request of it. */
  private async start(
    { name, input: dto }: Workflow,
    id: string,
    body: unknown,
    digest?: string | typeof requestDigest,
  ): Promise<StartOutcome> {
    const valid = await validated<object>(dto).transform(body, { type: 'body' });
    const asked = JSON.parse(JSON.stringify(valid)) as Json;
    const input = await this.rules.applied(name, asked);
    const known = typeof digest === 'function' ? digest(name, asked) : digest;
    return this.client.start({ workflow: name, id, input, ...(known !== undefined && { digest: known }) });
  }
}

type Workflow = (typeof workflows)[number];

function workflowOf(name: string): Workflow {
  const workflow = workflows.find((workflow) => workflow.name === name);
  if (workflow === undefined) throw unknownWorkflow(name);
  return workflow;
}

function checkedId(id: string): string {
  const problem = instanceIdProblem(id);
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
