/**
 * Entities: small states that are addressed by name and key, and changed by one operation after
 * another. An entity is an instance like any other, with an id and a workflow name that begin with
 * `@`; the first operation that is sent to it starts it, and it lives until it is deleted.
 */
import type { EntityRef, EventRef } from '../definitions';
import { CodedError, toErrorData, type ErrorData } from '../errors';
import type { Json } from '../json';
import { continueAsNew } from './continue-as-new';
import type { Effect, Operation } from './operation';
import { setCustomStatus } from './set-custom-status';
import { signal } from './signal';
import { waitForEvent } from './wait-for-event';
import type { WorkflowDefinition } from './workflow';

/** What one event asks of an entity. */
export interface EntityOperation {
  readonly operation: string;
  readonly input: Json;
}

/** The custom status of an entity. */
export interface EntityStatus<State = Json> {
  readonly state: State;
  /** Why the newest operation changed nothing, if it failed. */
  readonly error?: Pick<ErrorData, 'code' | 'message'>;
}

/** The event that carries an operation. */
export const entityOperation: EventRef<EntityOperation> = { name: 'operation' };

/** Operations after which an entity lets go of its history. */
const OPERATIONS_PER_RUN = 100;

/** Instance id of an entity, as Durable Functions writes it. */
export const entityId = (name: string, key: string): string => `@${name}@${key}`;

/** Durable name of an entity's workflow. */
export const entityWorkflow = (name: string): string => `@${name}`;

/** The name and key of an entity whose instance id this is; undefined for any other instance. */
export function parseEntityId(id: string): { readonly name: string; readonly key: string } | undefined {
  const [, name, key] = /^@([^@]+)@(.*)$/s.exec(id) ?? [];
  return name === undefined || key === undefined ? undefined : { name, key };
}

/** A new state from a state and an operation's input. Gets a copy, and may change it; must not do anything else. */
export type EntityHandlers<State, Operations> = {
  readonly [Name in keyof Operations]: (state: State, input: Operations[Name]) => State;
};

/**
 * Binds a declared entity to its code. What an operation throws changes nothing, and is shown as the
 * entity's error until the next operation succeeds.
 *
 * @example
 * export const counterV1 = entity(counter, { version: 1, initial: 0 }, { add: (sum, by) => sum + by });
 */
export function entity<State, Operations>(
  ref: EntityRef<State, Operations>,
  options: { readonly version: number; readonly initial: State },
  handlers: EntityHandlers<State, Operations>,
): WorkflowDefinition {
  const { version, initial } = options;
  const known = handlers as unknown as Readonly<Record<string, (state: Json, input: Json) => Json>>;
  const body = (given: unknown) =>
    live(ref.name, known, (given as { state?: Json }).state ?? (initial as Json));
  return { name: entityWorkflow(ref.name), version, body };
}

function* live(
  name: string,
  handlers: Readonly<Record<string, (state: Json, input: Json) => Json>>,
  begun: Json,
): Generator<Effect, never, unknown> {
  let state = begun;
  yield* setCustomStatus({ state });
  for (let done = 0; done < OPERATIONS_PER_RUN; done++) {
    const { operation, input } = yield* waitForEvent(entityOperation);
    try {
      const handle = Object.hasOwn(handlers, operation) ? handlers[operation] : undefined;
      if (handle === undefined)
        throw new CodedError('UnknownOperation', `${name} has no operation ${operation}`);
      const next = handle(copy(state), input);
      yield* setCustomStatus({ state: next });
      state = copy(next);
    } catch (error) {
      const { code, message } = toErrorData(error);
      yield* setCustomStatus({ state, error: { code, message } });
    }
  }
  return yield* continueAsNew({ state });
}

const copy = (state: Json): Json => JSON.parse(JSON.stringify(state)) as Json;

/**
 * Sends an operation to an entity, exactly once, without waiting for it; the entity is started where
 * there is none.
 *
 * @example yield* signalEntity(counter, 'approvals', 'add', 1);
 */
export function signalEntity<Operations, Name extends keyof Operations & string>(
  ref: EntityRef<unknown, Operations>,
  key: string,
  operation: Name,
  input: Operations[Name],
): Operation<void> {
  // What is not JSON is refused when the signal is performed.
  return signal(entityId(ref.name, key), entityOperation, { operation, input: input as Json });
}
