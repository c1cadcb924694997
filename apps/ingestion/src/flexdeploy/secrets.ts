import { createHash } from 'node:crypto';
import { sameDigest } from '@countersign/service';
import { ValidateBy } from 'class-validator';

/** Fewest characters of a shared secret. */
const MIN_LENGTH = 16;

/** The secrets of a setting that holds one, or several while it is being changed. */
const secretsIn = (setting: string): string[] => setting.split(',').map((secret) => secret.trim());

/** class-validator: secrets separated by commas. */
export const AreSecrets = () =>
  ValidateBy({
    name: 'areSecrets',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'string' && secretsIn(value).every((secret) => secret.length >= MIN_LENGTH),
      defaultMessage: () =>
        `must be a secret of at least ${MIN_LENGTH} characters, or several with commas between`,
    },
  });

/** Whether a text is one of the secrets; in a time that tells nothing of them, not even which one it is. */
export function isSecret(setting: string, presented: string): boolean {
  const digest = sha256(presented);
  return secretsIn(setting).filter((secret) => sameDigest(sha256(secret), digest)).length > 0;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
