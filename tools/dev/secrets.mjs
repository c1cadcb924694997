/** The secrets of a data folder, made when it is created: those of the stand-ins, and keys of callers. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf, makeKey, readKeys, writeKeys } from './key-file.mjs';
import { originAt } from './ports.mjs';

/**
 * @typedef {object} Keys of one data folder
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
export const keysFileOf = (dataDir) => join(dataDir, 'api-keys.json');

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
 * @param {string} dataDir @param {import('./ports.mjs').Ports} ports @param {Keys} keys
 */
export function writeServiceAccount(dataDir, ports, keys) {
  const account = {
    type: 'service_account',
    project_id: 'countersign-development',
    private_key_id: 'development',
    private_key: keys.fcmPrivateKey,
    client_email: 'push-notifier@countersign-development.iam.gserviceaccount.com',
    client_id: '100000000000000000000',
    token_uri: `${originAt(ports.sandbox)}/sandbox/oauth/token`,
  };
  writeFileSync(serviceAccountFileOf(dataDir), JSON.stringify(account, undefined, 2), { mode: 0o600 });
}

/** @param {string} dataDir */
export const serviceAccountFileOf = (dataDir) => join(dataDir, 'fcm-service-account.json');

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
