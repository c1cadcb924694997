/** The queues of an approval, served as token-store and slack-notifier serve them, with nothing behind. */
import {
  postApproval,
  remindApprovers,
  revokeToken,
  saveToken,
  updateMessage,
  type MessageRef,
  type MessageUpdated,
  type PostApproval,
  type Remind,
  type SavedToken,
  type UpdateMessage,
} from '@countersign/contracts';
import { Activity, type ActivityContext, JetStreamConnection } from '@countersign/jetstream';
import { hashToken, makeToken, Readiness } from '@countersign/service';
import { Controller } from '@nestjs/common';
import { Ledger } from './ledger';

/** What an approval needs that nobody answers. */
export const HANDLED = [saveToken, postApproval, remindApprovers, revokeToken, updateMessage];

const UPDATED: MessageUpdated = { updated: true };

@Controller()
export class ApprovalHandlers {
  constructor(
    private readonly ledger: Ledger,
    readiness: Readiness,
    nats: JetStreamConnection,
  ) {
    readiness.register('nats', () => nats.connected || 'NATS is out of reach');
  }

  @Activity(saveToken)
  async save(_: unknown, { instanceId }: ActivityContext): Promise<SavedToken> {
    const token = makeToken(instanceId);
    return { tokenHash: hashToken(token), sealedToken: token };
  }

  @Activity(postApproval)
  async post({ tokenHash }: PostApproval): Promise<MessageRef> {
    this.ledger.wrote('post', tokenHash);
    return { channel: 'C1', ts: tokenHash };
  }

  @Activity(remindApprovers)
  async remind({ tokenHash, count }: Remind): Promise<MessageUpdated> {
    this.ledger.wrote(`reminder ${count}`, tokenHash);
    return UPDATED;
  }

  @Activity(revokeToken)
  async revoke(): Promise<{ revoked: boolean }> {
    return { revoked: true };
  }

  @Activity(updateMessage)
  async update({ ts, dueAt, outcome }: UpdateMessage): Promise<MessageUpdated> {
    this.ledger.late(Date.now() - Date.parse(dueAt));
    this.ledger.wrote(outcome.kind, ts);
    return UPDATED;
  }
}
