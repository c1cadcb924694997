import { createHash, randomUUID } from 'node:crypto';
import { decision, type Decision } from '@countersign/contracts';
import { WorkflowClient } from '@countersign/jetstream';
import { hashToken, instanceOfToken } from '@countersign/service';
import { Injectable, Logger } from '@nestjs/common';
import { approvalOf, approvalStatusOf, type ClosedApproval, type OpenApproval } from './approval-state';
import { type Click, fateOf } from './fate';
import type { StoredVerdict, Verdict } from './verdict';

/** How long who decides waits to be told what became of it, in milliseconds. */
export const OUTCOME_WAIT = 3000;

/**
 * The one way to a decision, whichever door it comes through. Takes none itself: it raises the event
 * that only the token's holder can name, and the workflow judges each click in its own order of inputs.
 * A click on an approval that is closed is refused here, and raised all the same, so that the journal of
 * its instance keeps it.
 *
 * Every method throws `StorageUnavailable` when JetStream cannot be reached.
 */
@Injectable()
export class Decisions {
  private readonly logger = new Logger('Decisions');

  constructor(private readonly client: WorkflowClient) {}

  /** What the token leads to now. Changes nothing. */
  async find(token: string): Promise<OpenApproval | ClosedApproval> {
    const id = instanceOfToken(token);
    if (id === undefined) return { kind: 'unknown' };
    const hash = hashToken(token);
    const view = await this.client.read(id);
    const approval = approvalOf(view, hash);
    if (approval.kind !== 'unknown' || view === undefined) return approval;
    // The answer may be a replica's that is behind: only the leader may say that nothing waits on the token.
    return approvalOf(await this.client.read(id, view.seq + 1), hash);
  }

  /**
   * Stores the click and returns: for a channel that must be answered at once.
   *
   * @param once tells a click that the channel delivers twice from another one: it is stored once
   */
  async store(token: string, decision: Decision, once?: string): Promise<StoredVerdict | ClosedApproval> {
    const click = clickOf(decision);
    const approval = await this.find(token);
    if (approval.kind !== 'open') return this.refuse(token, approval, click);
    await this.raise(approval.id, approval.tokenHash, click, once);
    return storedVerdict(approval, click);
  }

  /** Stores the click and waits a moment to say what became of it. */
  async decide(token: string, decision: Decision): Promise<Verdict> {
    const click = clickOf(decision);
    const approval = await this.find(token);
    if (approval.kind !== 'open') return this.refuse(token, approval, click);
    const { id, tokenHash, subject } = approval;
    const { seq } = await this.raise(id, tokenHash, click);
    const isDone = (view: Parameters<typeof fateOf>[0]) => fateOf(view, approval, click) !== undefined;
    const view = await this.client.waitFor(id, isDone, OUTCOME_WAIT);
    const fate = fateOf(view, approval, click) ?? storedVerdict(approval, click);
    const won = approvalStatusOf(view, tokenHash)?.decision;
    if (fate.kind !== 'used' || won === undefined || won.id !== undefined) return fate;
    // Of a workflow version that does not name the click that won: it is the one that was applied.
    const input = await this.client.outcomeOf(id, seq, 0);
    if (input?.outcome !== 'applied') return fate;
    const { action, by } = click;
    return { kind: 'decided', id, subject, action, by, at: new Date(input.at).toISOString() };
  }

  /** However often one person presses the same button, JetStream's duplicate window keeps it once. */
  private async refuse(token: string, approval: ClosedApproval, click: Click): Promise<ClosedApproval> {
    if (approval.kind === 'unknown') return approval;
    const { action, by, channel } = click;
    await this.raise(approval.id, hashToken(token), click, JSON.stringify(['closed', by.id, action]));
    this.logger.warn('a click on an approval that is closed was refused', {
      instanceId: approval.id,
      state: approval.kind,
      action,
      by,
      channel,
    });
    return approval;
  }

  private raise(id: string, tokenHash: string, click: Click, once?: string): Promise<{ seq: number }> {
    const msgId = once === undefined ? click.id : sha256(`${tokenHash} ${once}`);
    return this.client.raise(id, decision.of(tokenHash), click, { msgId });
  }
}

const clickOf = (decision: Decision): Click => ({ ...decision, id: randomUUID() });

/** What a channel sends may hold anything; a message id is a header. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const storedVerdict = ({ id, subject }: OpenApproval, { action }: Click): StoredVerdict => ({
  kind: 'stored',
  id,
  subject,
  action,
});
