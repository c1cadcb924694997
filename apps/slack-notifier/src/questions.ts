import { approvalUri, type PostApproval, type ShownVote } from '@countersign/contracts';
import { unseal } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { SlackNotifierConfig } from './config';
import { approvalMessage } from './messages/approval-message';
import type { Message } from './messages/blocks';

/** Makes the message that asks; its buttons carry the token, which is opened for that. */
@Injectable()
export class Questions {
  constructor(private readonly config: SlackNotifierConfig) {}

  /** @throws TerminalError `SealBroken` when the token was sealed with another key */
  messageOf(question: PostApproval, votes: readonly ShownVote[] = []): Message {
    const token = this.tokenOf(question);
    return approvalMessage(question, token, approvalUri(this.config.publicUrl, token), votes);
  }

  /** @throws TerminalError `SealBroken` when the token was sealed with another key */
  tokenOf({ sealedToken }: Pick<PostApproval, 'sealedToken'>): string {
    return unseal(sealedToken, this.config.tokenKey);
  }

  /** The channel that a question is asked in. */
  channelOf({ to }: PostApproval): string {
    return to ?? this.config.slackChannel;
  }
}
