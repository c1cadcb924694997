/**
 * The services, and the settings that each is told: only what it needs, under the names that they have in
 * production. Node built-ins only.
 */

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

/** What holds the password of a service's user at NATS. @param {string} name */
export const natsPasswordOf = (name) => `NATS_PASSWORD_${name.toUpperCase().replaceAll('-', '_')}`;

/** Every name that may come from the environment. */
export const SETTING_NAMES = [
  ...new Set([...COMMON, ...SERVICES.map(natsPasswordOf), ...Object.values(SERVICE_SETTINGS).flat()]),
];

/** @param {ServiceName} name @returns {readonly string[]} the settings that it is told, but for its user at NATS */
export const settingNamesOf = (name) => [...COMMON, ...SERVICE_SETTINGS[name]];
