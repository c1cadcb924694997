import { entities, instanceIdProblem, type OperationDtos } from '@countersign/contracts';
import { WorkflowClient } from '@countersign/jetstream';
import { Problem, validated } from '@countersign/service';
import {
  entityId,
  entityOperation,
  entityWorkflow,
  isTerminal,
  parseEntityId,
  type EntityStatus,
  type Json,
} from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { ListInstances } from './list-instances';
import { PurgeInstances } from './purge-instances';
import type { EntityListQuery } from './queries';

/** Milliseconds to wait for what an operation or a deletion leads to. */
const OUTCOME_WAIT = 3_000;

/** As Durable Functions lists it. */
export interface EntityItem {
  readonly entityId: { readonly name: string; readonly key: string };
  /** RFC 3339. */
  readonly lastOperationTime: string;
  /** Only where asked for. */
  readonly state?: Json;
}

/** The entities of the deployment, from outside: read, operate, delete, list. */
@Injectable()
export class Entities {
  constructor(
    private readonly client: WorkflowClient,
    private readonly lists: ListInstances,
    private readonly purges: PurgeInstances,
  ) {}

  /** @throws Problem 404 unknown entity, or one that nobody has sent an operation to */
  async read(name: string, key: string): Promise<Json> {
    const view = await this.client.read(idOf(name, key), Infinity);
    if (view === undefined || isTerminal(view.status)) throw unknownEntity();
    return stateOf(view.step?.customStatus);
  }

  /**
   * Returns once the operation is stored, and applied where that is soon.
   *
   * @throws Problem 404 unknown entity, 400 unknown operation or input not valid, 409 it is being deleted
   */
  async operate(name: string, key: string, operation: string | undefined, body: unknown): Promise<void> {
    const id = idOf(name, key);
    const input = await inputOf(operationsOf(name), operation, body);
    await this.client.start({ workflow: entityWorkflow(name), id, input: {} });
    const { seq } = await this.client.raise(id, entityOperation, { operation: operation!, input });
    const applied = await this.client.settled(id, seq, OUTCOME_WAIT);
    if (applied?.outcome === 'late')
      throw new Problem(409, 'The entity is being deleted. Send the operation again.');
  }

  /**
   * @returns whether it is gone; if not, it will be
   * @throws Problem 404
   */
  async delete(name: string, key: string, by: string): Promise<boolean> {
    const id = idOf(name, key);
    if ((await this.client.read(id, Infinity)) === undefined) throw unknownEntity();
    await this.client.control(id, { type: 'terminate', reason: 'deleted', by });
    await this.client.waitFor(id, ({ status }) => isTerminal(status), OUTCOME_WAIT);
    return (await this.purges.purge(id, by)) === 'purged';
  }

  /** @throws Problem 404 unknown entity, 400 a token that does not fit */
  async list(name: string, { top, fetchState = false }: EntityListQuery, token?: string) {
    operationsOf(name);
    const query = { workflow: entityWorkflow(name), showInput: false, ...(top !== undefined && { top }) };
    const { instances, ...page } = await this.lists.run(query, token, 'entities');
    const items = instances.map(({ instanceId, lastUpdatedTime, customStatus }): EntityItem => ({
      entityId: parseEntityId(instanceId)!,
      lastOperationTime: lastUpdatedTime,
      ...(fetchState && { state: stateOf(customStatus) }),
    }));
    return { ...page, entities: items };
  }
}

const unknownEntity = () => new Problem(404, 'There is no such entity.');

function operationsOf(name: string): OperationDtos {
  const known = entities.find((entity) => entity.name === name);
  if (known !== undefined) return known.operations;
  const names = entities.map((entity) => entity.name).join(', ');
  throw new Problem(404, `There is no entity ${name}. There are: ${names}.`);
}

function idOf(name: string, key: string): string {
  operationsOf(name);
  const problem = instanceIdProblem(key) ?? instanceIdProblem(entityId(name, key).slice(1));
  if (problem === undefined) return entityId(name, key);
  throw new Problem(400, `entityKey ${problem}.`, { errors: [{ field: 'entityKey', message: problem }] });
}

async function inputOf(
  operations: OperationDtos,
  operation: string | undefined,
  body: unknown,
): Promise<Json> {
  const input =
    operation !== undefined && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (input === undefined) {
    const message = `must be one of ${Object.keys(operations).join(', ')}`;
    throw new Problem(400, `op ${message}.`, { errors: [{ field: 'op', message }] });
  }
  const valid = await validated<object>(input).transform(body ?? {}, { type: 'body' });
  return JSON.parse(JSON.stringify(valid)) as Json;
}

const stateOf = (status: Json | undefined): Json => (status as EntityStatus | undefined)?.state ?? null;
