/** What an application says of an approval that it needs. */
import type {
  ApprovalPolicy,
  ApprovalStatus,
  ChannelName,
  FileApproval,
  Subject,
  Vote,
} from '@countersign/contracts';
import type { EventRef, Operation } from '@countersign/workflow';

/** The vote that decided, as the asking system is told of it. */
export interface Decided extends Vote {
  /** Every vote that counted, oldest first; the last one is this one. */
  readonly votes: readonly Vote[];
}

/** What the asking system said when it was told. */
export type Delivered =
  | { readonly outcome: 'applied' }
  /** It had a decision of its own already; `status` is what it says. */
  | { readonly outcome: 'already-decided'; readonly status: string };

export interface ApprovalRequest {
  /** What is decided, under the name that the asking system has for it (1 to 200 characters). */
  readonly ref: string;
  readonly subject: Subject;
  /** Who asks, under the id by which approvers are known. */
  readonly requestedBy?: string | undefined;
  readonly policy?: ApprovalPolicy | undefined;
  /** Where the policy leaves it open. Without any channel nothing is posted, and only `door` brings decisions. */
  readonly defaults: { readonly channel?: ChannelName; readonly ttlSeconds: number };
  /** Publishes how far it is, at every change. */
  show(status: ApprovalStatus): Operation<void>;
  /** The asking system may decide for itself: ends when it has, with what it says. */
  readonly elsewhere?: { readonly name: string; readonly decided: Operation<string> };
  /** Carries the decision out, once it is taken and before anybody is told that it is. */
  deliver?(decided: Decided): Operation<Delivered>;
  /** An event of the application's own that may carry a decision, too. */
  readonly door?: EventRef<FileApproval>;
  /** Nobody needs the decision any more: ends with why. */
  readonly withdrawn?: Operation<string>;
  /** Outcomes do not tell where and why it was decided: those of instances that began before they did. */
  readonly terse?: boolean;
}
