import { approvalUri } from '@countersign/contracts';
import { unseal } from '@countersign/service';
import type { MailNotifierConfig } from './config';

/**
 * Address of the page that takes the answer.
 *
 * @throws TerminalError `SealBroken`
 */
export function approvalPage(
  { publicUrl, tokenKey }: Pick<MailNotifierConfig, 'publicUrl' | 'tokenKey'>,
  sealedToken: string,
): string {
  return approvalUri(publicUrl, unseal(sealedToken, tokenKey));
}
