import { CodedError } from '@countersign/workflow';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Matches,
  ValidateNested,
} from 'class-validator';
import { asShape, jsonObjectIn } from '../operators-json';

/**
 * What a key may do, each scope including those before it. As in Azure Functions a `function` key runs
 * the functions (here: workflows) that it names and a `host` key any of them; only a `system` key opens
 * the Durable Task management API. That API also starts any workflow, so a system key may, too.
 * Source: "Work with access keys in Azure Functions", learn.microsoft.com.
 */
export const KEY_SCOPES = ['function', 'host', 'system'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** One key of the file. Only its hash is known. */
export interface ApiKey {
  /** For people and logs. Keys of one name and scope belong to one caller: that is how a key is rotated. */
  readonly name: string;
  readonly scope: KeyScope;
  /** What a function key may start. */
  readonly workflows: readonly string[];
  /** 32 bytes. */
  readonly hash: Buffer;
  /** Milliseconds since the epoch; Infinity for a key that stays. */
  readonly expiresAt: number;
}

class KeyEntry {
  @IsString()
  @Length(1, 100)
  name!: string;

  @IsIn(KEY_SCOPES)
  scope!: KeyScope;

  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @IsString({ each: true })
  workflows?: string[];

  @Matches(/^[0-9a-f]{64}$/, { message: 'must be a SHA-256 in lower-case hexadecimal' })
  hash!: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  @Matches(/T.*(Z|[+-]\d\d:?\d\d)$/, { message: 'must be a date and time with its zone' })
  expiresAt?: string;
}

class KeyFile {
  @ValidateNested({ each: true })
  @Type(() => KeyEntry)
  keys!: KeyEntry[];
}

/** Somebody may have put a key where its hash belongs. */
const KIND = { code: 'KeysInvalid', secret: true };

/**
 * Reads `{ "keys": [{ name, scope, workflows?, hash, expiresAt? }] }`.
 *
 * @throws CodedError `KeysInvalid`: names everything that is wrong
 */
export function parseKeyFile(text: string): readonly ApiKey[] {
  const { keys } = asShape(KeyFile, objectsIn(text), KIND);
  const problems = brokenRules(keys);
  if (problems.length > 0) throw invalid(problems.join('; '));
  return keys.map(({ name, scope, workflows = [], hash, expiresAt }) => ({
    name,
    scope,
    workflows,
    hash: Buffer.from(hash, 'hex'),
    expiresAt: expiresAt === undefined ? Infinity : Date.parse(expiresAt),
  }));
}

function objectsIn(text: string): object {
  const content = jsonObjectIn(text, KIND);
  if (Array.isArray(content['keys']) && content['keys'].every(isObject)) return content;
  throw invalid('keys must be a list of objects');
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function brokenRules(keys: readonly KeyEntry[]): string[] {
  return keys.flatMap(({ scope, workflows, hash, expiresAt }, at) => [
    ...(scope === 'function' && workflows === undefined
      ? [`keys.${at}.workflows is missing: a function key names what it may start`]
      : []),
    ...(scope !== 'function' && workflows !== undefined
      ? [`keys.${at}.workflows limits nothing: a ${scope} key may start any workflow`]
      : []),
    ...(keys.findIndex((other) => other.hash === hash) < at ? [`keys.${at}.hash is there twice`] : []),
    ...(expiresAt !== undefined && Number.isNaN(Date.parse(expiresAt))
      ? [`keys.${at}.expiresAt must be a date and time`]
      : []),
  ]);
}

const invalid = (why: string) => new CodedError(KIND.code, why);
