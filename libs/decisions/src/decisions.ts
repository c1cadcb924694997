import { decision, type Decision } from '@countersign/contracts';
import { WorkflowClient } from '@countersign/jetstream';
import { hashToken, instanceOfToken } from '@countersign/service';
import { Injectable } from '@nestjs/common';
import { approvalOf, type ClosedApproval, type OpenApproval } from './approval-state';
import type { StoredVerdict, Verdict } from './verdict';

/** How long an approver waits to be told whether their click won, in milliseconds. */
const OUTCOME_WAIT = 3000;

/**
 * The one way to a decision, whichever door it comes through. Takes none itself: it raises the event
 * that only the token's holder can name, and the workflow's own order of inputs says who won.
 *
 * Every method throws `StorageUnavailable` when JetStream cannot be reached.
 */
@Injectable()
export class Decisions {
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

  /** Stores the click and returns: for a channel that must be answered at once. */
  async store(token: string, click: Decision): Promise<StoredVerdict | ClosedApproval> {
    const approval = await this.find(token);
    if (approval.kind !== 'open') return approval;
    await this.raise(approval, click);
    return { kind: 'stored', id: approval.id, subject: approval.subject, action: click.action };
  }

  /** Stores the click and waits a moment to say whether it won or who did. */
  async decide(token: string, click: Decision): Promise<Verdict> {
    const approval = await this.find(token);
    if (approval.kind !== 'open') return approval;
    const { id, subject, tokenHash } = approval;
    const { action, by } = click;
    const giveUp = Date.now() + OUTCOME_WAIT;
    const { seq } = await this.raise(approval, click);
    const input = await this.client.outcomeOf(id, seq, OUTCOME_WAIT);
    if (input?.outcome === 'applied')
      return { kind: 'decided', id, subject, action, by, at: new Date(input.at).toISOString() };
    const view = await this.client.waitFor(
      id,
      (view) => approvalOf(view, tokenHash).kind !== 'open',
      Math.max(0, giveUp - Date.now()),
    );
    const now = approvalOf(view, tokenHash);
    return now.kind === 'open' ? { kind: 'stored', id, subject, action } : now;
  }

  private raise({ id, tokenHash }: OpenApproval, click: Decision): Promise<{ seq: number }> {
    return this.client.raise(id, decision.of(tokenHash), click);
  }
}
