import 'reflect-metadata';
import { CodedError } from '@countersign/workflow';
import {
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  ValidatorOptions,
  validateSync,
} from 'class-validator';
import { fieldErrors } from './field-errors';
import { IsHttpUrl } from './is-http-url';

interface SettingInfo {
  readonly property: string;
  /** Name in the environment. */
  readonly name: string;
  /** What it is for; shown when it is missing or wrong. */
  readonly purpose: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Another place that holds settings, such as a configuration service. The environment always wins. */
export interface SettingsSource {
  /** Where it looks a setting up, as a phrase: `key countersign:TOKEN_KEY of https://…`. */
  placeOf(name: string): string;
  /** The values of these settings; those that it does not hold are left out. */
  read(names: readonly string[]): Promise<Readonly<Record<string, string>>>;
}

/** Finds in the environment how to reach the source; undefined where there is none. */
export type SettingsSourceOf = (env: Environment) => SettingsSource | undefined;

const SETTINGS = Symbol('settings');
const OPTIONS: ValidatorOptions = { forbidUnknownValues: false, validationError: { target: false } };

/**
 * Reads a field of a configuration class from the environment.
 *
 * @param name of the environment variable
 * @param purpose what the setting is for, as a phrase: `seals approval tokens (32 random bytes, base64)`
 */
export function Setting(name: string, purpose: string): PropertyDecorator {
  return (target, key) => {
    const property = String(key);
    const inherited = settingsOf(target).filter((setting) => setting.property !== property);
    Reflect.defineMetadata(SETTINGS, [...inherited, { property, name, purpose }], target);
  };
}

/** What every service is told. Subclasses add their own settings. */
export class ServiceConfig {
  @Setting('HOST', 'address that the HTTP server listens on')
  @IsString()
  readonly host: string = '127.0.0.1';

  @Setting('PORT', 'port that the HTTP server listens on; 0 takes a free one')
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly port: number = 8080;

  @Setting('METRICS_PORT', 'port of its own where Prometheus may scrape; without it nothing listens')
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly metricsPort?: number;

  @Setting('COUNTERSIGN_VERSION', 'version that the service says it is; the image knows its own')
  @IsString()
  readonly version: string = '0.0.0-development';

  @Setting('LOG_LEVEL', 'least severe log level that is written')
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  readonly logLevel: string = 'info';

  @Setting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'address of an OpenTelemetry collector (OTLP over HTTP); without it no traces are recorded',
  )
  @IsOptional()
  @IsHttpUrl()
  readonly traceEndpoint?: string;

  @Setting(
    'OTEL_TRACES_SAMPLER_ARG',
    'share of the traces that are recorded, from 0 to 1; the same for every service',
  )
  @IsNumber()
  @Min(0)
  @Max(1)
  readonly traceRatio: number = 1;

  @Setting('NATS_URL', 'servers of the NATS cluster, separated by commas')
  @IsString()
  readonly natsUrl: string = 'nats://127.0.0.1:4222';

  @Setting('NATS_USER', "the service's user at NATS; without it none is named")
  @IsOptional()
  @Matches(/^[\w-]+$/, { message: 'must consist of letters, digits, - and _' })
  readonly natsUser?: string;

  @Setting('NATS_PASSWORD', 'password of NATS_USER')
  @IsOptional()
  @IsString()
  readonly natsPassword?: string;

  @Setting('NATS_CA_FILE', "file of the certificates (PEM) that sign the NATS servers'; demands TLS")
  @IsOptional()
  @IsString()
  readonly natsCaFile?: string;

  @Setting(
    'TOPOLOGY',
    'whether the service makes streams and consumers (ensure), or waits until they are there (expect)',
  )
  @IsIn(['ensure', 'expect'])
  readonly topology: 'ensure' | 'expect' = 'ensure';

  @Setting('SHARDS', 'number of streams; fixed when the deployment is created')
  @IsInt()
  @Min(1)
  @Max(1024)
  readonly shards: number = 1;

  @Setting(
    'DURABILITY',
    'how safely JetStream stores: single (one copy), synced (one copy, fsync), replicated',
  )
  @IsIn(['single', 'synced', 'replicated'])
  readonly durability: 'single' | 'synced' | 'replicated' = 'single';

  /** How the service reaches JetStream, and what is to be there: for `JetStreamModule.forRoot`. */
  get jetstream() {
    const { natsUrl, natsUser, natsPassword, natsCaFile, shards, durability, topology } = this;
    return {
      servers: natsUrl,
      ...(natsUser !== undefined && { user: natsUser, password: natsPassword }),
      ...(natsCaFile !== undefined && { caFile: natsCaFile }),
      shards,
      durability,
      topology,
    };
  }
}

/**
 * Reads a configuration class from the environment once, at boot. Text becomes a number or a
 * boolean where the field is declared as one; an empty text counts as missing; a field's initial
 * value is its default. Values are never repeated in the message: some are secrets.
 *
 * @throws CodedError `ConfigInvalid`: names every setting that is missing or wrong, and what each is for
 */
export function loadConfig<C extends object>(type: new () => C, env: Environment = process.env): Readonly<C> {
  return read(type, env, () => '');
}

/**
 * As {@link loadConfig}; what the environment does not hold is looked up in the source.
 *
 * @throws CodedError `ConfigInvalid`: says of what was looked up where that was
 * @throws what the source throws
 */
export async function loadConfigFrom<C extends object>(
  sourceOf: SettingsSourceOf,
  type: new () => C,
  env: Environment = process.env,
): Promise<Readonly<C>> {
  const source = sourceOf(env);
  if (!source) return loadConfig(type, env);
  const names = settingsOf(type.prototype as object).map(({ name }) => name);
  const missing = names.filter((name) => !isSet(env[name]));
  const found = await source.read(missing);
  const added = Object.fromEntries(missing.map((name) => [name, found[name]]));
  return read(type, { ...env, ...added }, (name) => {
    if (!missing.includes(name)) return '';
    return `, ${isSet(found[name]) ? 'read from' : 'also as'} ${source.placeOf(name)}`;
  });
}

/** @param placeOf where else than in the environment a setting was looked up, for the message */
function read<C extends object>(
  type: new () => C,
  env: Environment,
  placeOf: (name: string) => string,
): Readonly<C> {
  const settings = settingsOf(type.prototype as object);
  const config = new type();
  for (const { property, name } of settings) {
    const text = env[name];
    if (!isSet(text)) continue;
    const kind: unknown = Reflect.getMetadata('design:type', config, property);
    Object.defineProperty(config, property, { value: convert(text, kind), enumerable: true });
  }
  const errors = fieldErrors(validateSync(config, OPTIONS));
  const problems = settings.flatMap(({ property, name, purpose }) =>
    errors
      .filter(({ field }) => field === property)
      .map(({ message }) => `  ${name} ${message}${placeOf(name)}: ${purpose}`),
  );
  if (problems.length > 0)
    throw new CodedError(
      'ConfigInvalid',
      `Set these environment variables and start again:\n${problems.join('\n')}`,
    );
  return Object.freeze(config);
}

const isSet = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

function settingsOf(target: object): readonly SettingInfo[] {
  return (Reflect.getMetadata(SETTINGS, target) as SettingInfo[] | undefined) ?? [];
}

function convert(text: string, kind: unknown): unknown {
  if (kind === Number) return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
  if (kind === Boolean) return { true: true, false: false }[text.trim()] ?? text;
  return text;
}
