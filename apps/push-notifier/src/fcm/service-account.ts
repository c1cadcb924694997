import { createPrivateKey, type KeyObject } from 'node:crypto';
import { jsonObjectIn } from '@countersign/service';
import { CodedError } from '@countersign/workflow';

/** What is needed of a service account's key file, as Google Cloud and the Firebase console hand it out. */
export interface ServiceAccount {
  readonly projectId: string;
  readonly clientEmail: string;
  readonly privateKey: KeyObject;
  readonly privateKeyId?: string;
  /** Where access tokens are handed out. */
  readonly tokenUri: string;
}

const REQUIRED = ['project_id', 'client_email', 'private_key', 'token_uri'] as const;
type Field = (typeof REQUIRED)[number];

const KIND = { code: 'ServiceAccountInvalid', secret: true };

/** @throws CodedError `ServiceAccountInvalid`: names every field that is missing */
export function parseServiceAccount(text: string): ServiceAccount {
  const file = jsonObjectIn(text, KIND);
  const missing = REQUIRED.filter((name) => typeof file[name] !== 'string' || file[name] === '');
  if (missing.length > 0) throw invalid(`it has no ${missing.join(', ')}`);
  const { project_id, client_email, private_key, token_uri } = file as Record<Field, string>;
  if (!URL.canParse(token_uri)) throw invalid('token_uri is no address');
  const { private_key_id } = file;
  return {
    projectId: project_id,
    clientEmail: client_email,
    privateKey: keyIn(private_key),
    tokenUri: token_uri,
    ...(typeof private_key_id === 'string' && { privateKeyId: private_key_id }),
  };
}

function keyIn(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Told below.
  }
  throw invalid('private_key is no RSA key in PEM');
}

const invalid = (why: string) => new CodedError(KIND.code, why);
