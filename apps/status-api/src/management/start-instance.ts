import { randomUUID } from 'node:crypto';
import { workflows } from '@countersign/contracts';
import { InstanceHistory, WorkflowClient } from '@countersign/jetstream';
import { Problem, validated } from '@countersign/service';
import type { Json } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { checkInstanceId, unknownInstance } from './checks';

/** Starts instances for who may manage them. */
@Injectable()
export class StartInstance {
  constructor(
    private readonly client: WorkflowClient,
    private readonly history: InstanceHistory,
  ) {}

  /**
   * Returns the instance's id once its start is stored.
   *
   * @param wanted the id; default: one that nobody can guess
   * @throws Problem 404 unknown workflow, 400 input or id not valid, 409 id in use
   */
  async run(name: string, body: unknown, wanted?: string): Promise<string> {
    const workflow = workflows.find((known) => known.name === name);
    if (workflow === undefined) {
      const names = workflows.map((known) => known.name).join(', ');
      throw new Problem(404, `There is no workflow ${name}. There are: ${names}.`);
    }
    const id = wanted ?? newId();
    checkInstanceId(id);
    const valid = await validated<object>(workflow.input).transform(body, { type: 'body' });
    const { kind } = await this.client.start({
      workflow: name,
      id,
      input: JSON.parse(JSON.stringify(valid)) as Json,
    });
    if (kind === 'exists') throw new Problem(409, 'An instance with this id exists. Choose another id.');
    return id;
  }

  /**
   * A new instance of the same workflow with the same input; the first one stays as it is.
   *
   * @returns the new id
   * @throws Problem 400, 404
   */
  async again(id: string): Promise<string> {
    checkInstanceId(id);
    const started = await this.history.started(id);
    if (started === undefined) throw unknownInstance();
    const { workflow, version, input } = started.body;
    const copy = newId();
    await this.client.start({ workflow, id: copy, input, ...(version !== undefined && { version }) });
    return copy;
  }
}

/** 122 random bits. */
const newId = (): string => randomUUID().replaceAll('-', '');
