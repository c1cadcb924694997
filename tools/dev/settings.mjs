/**
 * Every setting of a development stack, in one place. A service is told only what it needs, under
 * the names that it has in production; any of them can be given in the environment instead, which
 * is how a part is pointed at the real thing.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf, makeKey, readKeys, writeKeys } from './key-file.mjs';

export const HOST = '127.0.0.1';
/** The port of the gateway, the only one that people use. The others follow it at fixed distances. */
export const DEFAULT_PORT = 7071;

const PORT_OFFSETS = {
  gateway: 0,
  ingestion: 10,
  'status-api': 11,
  management: 12,
  sandbox: 13,
  'token-store': 14,
  'slack-notifier': 15,
  'flexdeploy-adapter': 16,
  'saga-coordinator': 17,
  'query-worker': 18,
  'nats-server': 19,
  blob: 21,
  queue: 22,
  table: 23,
  'talk-reviewer': 24,
  'push-notifier': 25,
  'file-store': 26,
  'mail-notifier': 27,
  smtp: 28,
};

/** Where a service serves its metrics, behind where it serves its API. */
const METRICS_OFFSET = 30;

/** @typedef {keyof typeof PORT_OFFSETS | MetricsPortName} PortName */
/** @typedef {`${ServiceName}/metrics`} MetricsPortName */
/** @typedef {Record<PortName, number>} Ports */

/** What every service is told. */
const COMMON = [
  'LOG_LEVEL',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_RESOURCE_ATTRIBUTES',
  'OTEL_TRACES_SAMPLER_ARG',
  'NATS_URL',
  'NATS_CA_FILE',
  'SHARDS',
  'DURABILITY',
];

/** What those are told, too, that can be reached from outside. */
const PUBLIC = [
  'PUBLIC_URL',
  'TRUSTED_PROXIES',
  'RATE_LIMIT_PER_KEY',
  'RATE_LIMIT_PER_ADDRESS',
  'RATE_LIMIT_FAILURES',
];

/** The services, and what each is told beside that. */
const SERVICE_SETTINGS = {
  'saga-coordinator': ['RETENTION_DAYS'],
  'token-store': ['TABLES_CONNECTION_STRING', 'TOKEN_KEY'],
  'slack-notifier': [
    'SLACK_API_URL',
    'SLACK_BOT_TOKEN',
    'SLACK_APP_TOKEN',
    'SLACK_CHANNEL',
    'TOKEN_KEY',
    'PUBLIC_URL',
  ],
  'flexdeploy-adapter': [
    'FLEXDEPLOY_URL',
    'FLEXDEPLOY_BASE_PATH',
    'FLEXDEPLOY_USER',
    'FLEXDEPLOY_PASSWORD',
    'FLEXDEPLOY_TOKEN',
  ],
  'query-worker': [
    'TABLES_CONNECTION_STRING',
    'BLOBS_CONNECTION_STRING',
    'AUDIT_TABLE',
    'QUERIES',
    'PARALLEL_READS',
    'PAGE_ROWS',
    'CHECKPOINT_SECONDS',
    'CHECKPOINT_DAYS',
  ],
  'talk-reviewer': [
    'BANNED_WORDS',
    'MIN_DESCRIPTION_WORDS',
    'MIN_BIO_WORDS',
    'TRACKS',
    'MAX_TITLE_CHARACTERS',
  ],
  'push-notifier': ['FCM_URL', 'FCM_SERVICE_ACCOUNT_FILE'],
  'mail-notifier': [
    'SMTP_HOST',
    'SMTP_PORT',
    'SMTP_TLS',
    'SMTP_USER',
    'SMTP_PASSWORD',
    'MAIL_FROM',
    'MAIL_TO',
    'TOKEN_KEY',
    'PUBLIC_URL',
  ],
  'file-store': ['TABLES_CONNECTION_STRING', 'BLOBS_CONNECTION_STRING', 'ANALYSES'],
  'status-api': [
    ...PUBLIC,
    'MAX_WAITS',
    'MAX_WAITS_PER_ADDRESS',
    'RETRY_AFTER_MIN_SECONDS',
    'RETRY_AFTER_MAX_SECONDS',
    'STATUS_REQUIRES_KEY',
    'KEYS_FILE',
    'MANAGEMENT_PORT',
    'MANAGEMENT_URL',
    'PROJECTION_FILE',
  ],
  ingestion: [
    ...PUBLIC,
    'RETRY_AFTER_SECONDS',
    'SLACK_SIGNING_SECRET',
    'IDEMPOTENCY_SECRET',
    'ALLOW_ANONYMOUS_STARTS',
    'KEYS_FILE',
    'MANAGEMENT_URL',
    'APPROVAL_RULES_FILE',
    'FLEXDEPLOY_WEBHOOK_SECRET',
    'FLEXDEPLOY_WEBHOOK_HEADER',
    'FLEXDEPLOY_WEBHOOK_PATHS',
    'FLEXDEPLOY_USERS',
    'TABLES_CONNECTION_STRING',
    'BLOBS_CONNECTION_STRING',
    'DOWNLOADS_URL',
    'UPLOAD_SECONDS',
  ],
  sandbox: [
    'INGESTION_URL',
    'SLACK_SIGNING_SECRET',
    'SLACK_BOT_TOKEN',
    'FLEXDEPLOY_USER',
    'FLEXDEPLOY_PASSWORD',
    'FLEXDEPLOY_TOKEN',
    'FLEXDEPLOY_WEBHOOK_SECRET',
    'SLACK_APP_TOKEN',
    'FCM_SERVICE_ACCOUNT_FILE',
    'SMTP_PORT',
    'SMTP_USER',
    'SMTP_PASSWORD',
    'STATE_FILE',
  ],
};

/** @typedef {keyof typeof SERVICE_SETTINGS} ServiceName */

export const SERVICES = /** @type {ServiceName[]} */ (Object.keys(SERVICE_SETTINGS));

/** @param {ServiceName} name @returns {MetricsPortName} */
export const metricsPortOf = (name) => `${name}/metrics`;

const OFFSETS = {
  ...PORT_OFFSETS,
  ...Object.fromEntries(SERVICES.map((name) => [metricsPortOf(name), PORT_OFFSETS[name] + METRICS_OFFSET])),
};

export const PORT_NAMES = /** @type {PortName[]} */ (Object.keys(OFFSETS));

/** @param {number} base port of the gateway @returns {Ports} */
export const portsFrom = (base) =>
  /** @type {Ports} */ (
    Object.fromEntries(Object.entries(OFFSETS).map(([name, offset]) => [name, base + offset]))
  );

/** What holds the password of a service's user at NATS. @param {string} name */
export const natsPasswordOf = (name) => `NATS_PASSWORD_${name.toUpperCase().replaceAll('-', '_')}`;

/** Every name that may come from the environment. */
export const SETTING_NAMES = [
  ...new Set([...COMMON, ...SERVICES.map(natsPasswordOf), ...Object.values(SERVICE_SETTINGS).flat()]),
];

/** Passed on to every service as they are: nothing of these is ours. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_EXTRA_CA_CERTS'];

/**
 * @typedef {object} Keys secrets of one data folder, made when it is created
 * @property {string} tokenKey 32 bytes, base64
 * @property {string} slackSigningSecret
 * @property {string} slackBotToken
 * @property {string} idempotencySecret
 * @property {string} flexdeployPassword
 * @property {string} flexdeployWebhookSecret
 * @property {string} smtpPassword
 * @property {string} fcmPrivateKey RSA, PEM
 * @property {string} functionKey starts every workflow of the product
 * @property {string} hostKey starts any workflow
 * @property {string} systemKey manages instances, too
 */

/** What the function key of a data folder names. */
const WORKFLOWS = [
  'NotifyOnTask',
  'RequestApproval',
  'QueryAudit',
  'ProcessSubmission',
  'ProcessOrder',
  'ProcessFile',
];

/** @param {string} dataDir where the hashes of its keys are */
const keysFileOf = (dataDir) => join(dataDir, 'api-keys.json');

/** @param {string} dataDir @returns {string | undefined} the operator's rules for approvals, where there are any */
function rulesFileOf(dataDir) {
  const file = join(dataDir, 'approval-rules.json');
  return existsSync(file) ? file : undefined;
}

/** @param {string} dataDir @returns {Keys} those of the folder, made now if it has none */
export function keysOf(dataDir) {
  const file = join(dataDir, 'keys.json');
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const secret = () => randomBytes(24).toString('base64url');
  const keys = {
    tokenKey: randomBytes(32).toString('base64'),
    slackSigningSecret: randomBytes(16).toString('hex'),
    slackBotToken: `xoxb-development-${secret()}`,
    idempotencySecret: secret(),
    flexdeployPassword: secret(),
    flexdeployWebhookSecret: secret(),
    smtpPassword: secret(),
    fcmPrivateKey: known.fcmPrivateKey ?? privateKey(),
    functionKey: makeKey(),
    hostKey: makeKey(),
    systemKey: makeKey(),
    ...known,
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify(keys, undefined, 2), { mode: 0o600 });
  registerKeys(keysFileOf(dataDir), keys);
  return keys;
}

const privateKey = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey;

/**
 * A service account's file as Google hands it out, for the stand-in FCM; written at every start, since the
 * address of its token endpoint follows the ports.
 *
 * @param {string} dataDir @param {Ports} ports @param {Keys} keys
 */
export function writeServiceAccount(dataDir, ports, keys) {
  const account = {
    type: 'service_account',
    project_id: 'countersign-development',
    private_key_id: 'development',
    private_key: keys.fcmPrivateKey,
    client_email: 'push-notifier@countersign-development.iam.gserviceaccount.com',
    client_id: '100000000000000000000',
    token_uri: `http://${HOST}:${ports.sandbox}/sandbox/oauth/token`,
  };
  writeFileSync(serviceAccountFileOf(dataDir), JSON.stringify(account, undefined, 2), { mode: 0o600 });
}

/** @param {string} dataDir */
const serviceAccountFileOf = (dataDir) => join(dataDir, 'fcm-service-account.json');

/** Beside whatever `npm run keys` put there. @param {string} file @param {Keys} keys */
function registerKeys(file, { functionKey, hostKey, systemKey }) {
  const own = [
    entryOf(functionKey, { name: 'development-function', scope: 'function', workflows: WORKFLOWS }),
    entryOf(hostKey, { name: 'development-host', scope: 'host' }),
    entryOf(systemKey, { name: 'development-system', scope: 'system' }),
  ];
  const others = readKeys(file).filter(({ name }) => !own.some((key) => key.name === name));
  writeKeys(file, [...own, ...others]);
}

/**
 * @typedef {object} StackSettings
 * @property {string} dataDir
 * @property {Ports} ports
 * @property {Keys} keys
 * @property {number} shards
 * @property {'single' | 'synced'} durability
 * @property {Readonly<Record<string, string | undefined>>} env takes precedence over all that is below
 */

/** The emulator's well-known development account: a secret to nobody. */
const AZURITE_ACCOUNT = 'devstoreaccount1';
const AZURITE_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/**
 * The emulator's account, as long as no real one is given. Its few sample rows are read in tiny pages, so
 * that one can watch a query, and stop it on its way.
 *
 * @param {Ports} ports
 * @param {StackSettings['env']} env
 * @returns {{ TABLES_CONNECTION_STRING: string, BLOBS_CONNECTION_STRING: string } & Record<string, string>}
 */
export function storageOf(ports, env) {
  const real = env.TABLES_CONNECTION_STRING;
  if (real) return { TABLES_CONNECTION_STRING: real, BLOBS_CONNECTION_STRING: real };
  const endpoint = (/** @type {'table' | 'blob'} */ name) =>
    `http://${HOST}:${ports[name]}/${AZURITE_ACCOUNT};`;
  const connection =
    `DefaultEndpointsProtocol=http;AccountName=${AZURITE_ACCOUNT};AccountKey=${AZURITE_KEY};` +
    `TableEndpoint=${endpoint('table')}BlobEndpoint=${endpoint('blob')}`;
  return {
    TABLES_CONNECTION_STRING: connection,
    BLOBS_CONNECTION_STRING: connection,
    PARALLEL_READS: '2',
    PAGE_ROWS: '1',
    CHECKPOINT_SECONDS: '2',
  };
}

/** @param {StackSettings} stack @returns {Record<string, string | undefined>} by setting name */
function settingsOf({ dataDir, ports, keys, shards, durability, env }) {
  const url = (/** @type {PortName} */ name) => `http://${HOST}:${ports[name]}`;
  return {
    NATS_URL: `nats://${HOST}:${ports['nats-server']}`,
    SHARDS: String(shards),
    DURABILITY: durability,
    PUBLIC_URL: `http://localhost:${ports.gateway}`,
    // Everybody is on this machine, behind one gateway: one address for all.
    RATE_LIMIT_PER_KEY: '0',
    RATE_LIMIT_PER_ADDRESS: '0',
    RATE_LIMIT_FAILURES: '0',
    MAX_WAITS_PER_ADDRESS: '0',
    ...storageOf(ports, env),
    TOKEN_KEY: keys.tokenKey,
    SLACK_API_URL: `${url('sandbox')}/sandbox/slack/api/`,
    SLACK_BOT_TOKEN: keys.slackBotToken,
    SLACK_SIGNING_SECRET: keys.slackSigningSecret,
    SLACK_CHANNEL: 'C0DEPLOYMENTS',
    FLEXDEPLOY_URL: `${url('sandbox')}/sandbox`,
    // The stand-in lies under /sandbox/flexdeploy, as the real one under /flexdeploy.
    FLEXDEPLOY_BASE_PATH: '/flexdeploy/rest/v1',
    FLEXDEPLOY_USER: 'countersign',
    FLEXDEPLOY_PASSWORD: keys.flexdeployPassword,
    FLEXDEPLOY_WEBHOOK_SECRET: keys.flexdeployWebhookSecret,
    FCM_URL: `${url('sandbox')}/sandbox/fcm`,
    FCM_SERVICE_ACCOUNT_FILE: serviceAccountFileOf(dataDir),
    SMTP_HOST: HOST,
    SMTP_PORT: String(ports.smtp),
    SMTP_USER: 'countersign',
    SMTP_PASSWORD: keys.smtpPassword,
    SMTP_TLS: 'none',
    MAIL_FROM: 'Countersign <countersign@example.com>',
    MAIL_TO: 'approvers@example.com',
    APPROVAL_RULES_FILE: rulesFileOf(dataDir),
    IDEMPOTENCY_SECRET: keys.idempotencySecret,
    ALLOW_ANONYMOUS_STARTS: 'true',
    KEYS_FILE: keysFileOf(dataDir),
    INGESTION_URL: url('ingestion'),
    STATE_FILE: join(dataDir, 'sandbox.jsonl'),
    MANAGEMENT_PORT: String(ports.management),
    PROJECTION_FILE: join(dataDir, 'instances.sqlite'),
    ...Object.fromEntries(Object.entries(env).filter(([, value]) => value)),
  };
}

/** @param {ServiceName} name @param {StackSettings} stack @returns {Record<string, string>} its whole environment */
export function environmentOf(name, stack) {
  const settings = settingsOf(stack);
  const told = [...COMMON, ...SERVICE_SETTINGS[name]].map((key) => [key, settings[key]]);
  const user = userOf(name, settings[natsPasswordOf(name)]);
  const inherited = INHERITED.map((key) => [key, process.env[key]]);
  const own = [
    ['HOST', HOST],
    ['PORT', String(stack.ports[name])],
    ['METRICS_PORT', String(stack.ports[metricsPortOf(name)])],
  ];
  const environment = [...inherited, ...told, ...user, ...own];
  return Object.fromEntries(environment.filter(([, value]) => value !== undefined));
}

/**
 * Of a service whose password is given: only the coordinator's may make streams and consumers.
 *
 * @param {ServiceName} name @param {string | undefined} password
 */
function userOf(name, password) {
  if (!password) return [];
  const topology = name === 'saga-coordinator' ? 'ensure' : 'expect';
  return [
    ['NATS_USER', name],
    ['NATS_PASSWORD', password],
    ['TOPOLOGY', topology],
  ];
}
