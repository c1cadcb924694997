/**
 * `node tools/service-account.mjs TOKEN_URI FILE`: the key file of a service account that only a stand-in FCM knows, for
 * development in containers. A file that is there stays. Node built-ins only.
 */
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';

const [tokenUri = '', file = ''] = process.argv.slice(2);

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const account = {
  type: 'service_account',
  project_id: 'countersign-development',
  private_key_id: 'development',
  private_key: privateKey,
  client_email: 'push-notifier@countersign-development.iam.gserviceaccount.com',
  client_id: '100000000000000000000',
  token_uri: tokenUri,
};
if (!existsSync(file)) writeFileSync(file, JSON.stringify(account, undefined, 2));
