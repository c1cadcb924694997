/**
 * How activities, events and workflows are declared: once, here, with the class that validates
 * what they carry. Producers, consumers, provisioning and documents read these declarations.
 */
import type { ActivityRef, EntityRef, EventRef, WorkflowRef } from '@countersign/workflow';

/** A class that class-validator knows how to check. */
export type Dto<T> = new () => T;

export interface ActivityContract<Input extends object, Output> extends ActivityRef<Input, Output> {
  readonly input: Dto<Input>;
  readonly description: string;
}

export interface WorkflowContract<Input extends object, Output> extends WorkflowRef<Input, Output> {
  readonly input: Dto<Input>;
  readonly description: string;
  /** Seconds that pollers are told to wait. Default: what status-api learns of how long it usually takes. */
  readonly retryAfterSeconds?: number;
}

export interface EventContract<Data extends object> extends EventRef<Data> {
  readonly data: Dto<Data>;
  readonly description: string;
}

/** The inputs of an entity's operations, by name, as classes. */
export type OperationDtos = Readonly<Record<string, Dto<object>>>;

export interface EntityContract<State, Operations extends OperationDtos> extends EntityRef<
  State,
  { [Name in keyof Operations]: InstanceType<Operations[Name]> }
> {
  readonly operations: Operations;
  readonly description: string;
}

/** An event whose full name ends in a key, so that only who knows the key can raise it. */
export interface KeyedEventContract<Data extends object> {
  readonly name: string;
  readonly data: Dto<Data>;
  readonly description: string;
  of(key: string): EventRef<Data>;
}

export const defineActivity =
  <Output>() =>
  <Input extends object>(definition: {
    name: string;
    queue: string;
    input: Dto<Input>;
    description: string;
  }): ActivityContract<Input, Output> =>
    definition;

export const defineWorkflow =
  <Output>() =>
  <Input extends object>(definition: {
    name: string;
    input: Dto<Input>;
    description: string;
    retryAfterSeconds?: number;
  }): WorkflowContract<Input, Output> =>
    definition;

export const defineEntity =
  <State>() =>
  <Operations extends OperationDtos>(definition: {
    name: string;
    operations: Operations;
    description: string;
  }): EntityContract<State, Operations> =>
    definition;

export const defineEvent = <Data extends object>(definition: {
  name: string;
  data: Dto<Data>;
  description: string;
}): EventContract<Data> => definition;

export const defineKeyedEvent = <Data extends object>(definition: {
  name: string;
  data: Dto<Data>;
  description: string;
}): KeyedEventContract<Data> => ({ ...definition, of: (key) => ({ name: `${definition.name}.${key}` }) });

/** The name of an event without its key: there are few of these, whatever the keys. */
export const eventNameOf = (name: string): string => name.split('.', 1)[0] ?? name;
