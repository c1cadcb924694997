import { Injectable } from '@nestjs/common';
import { SlackClient } from './slack.client';

/** How long a list of members is good for, in milliseconds: Slack allows some twenty readings a minute. */
const FRESH = 60_000;
/** Groups that are remembered; the one that was read first is forgotten first. */
const REMEMBERED = 100;
/** Milliseconds that reading one may take, waiting for Slack's rate limit included. */
const TIMEOUT = 30_000;

interface List {
  readonly members: Promise<ReadonlySet<string>>;
  /** Milliseconds, of the process's own clock. */
  readonly readAt: number;
}

/** Who is in which user group. Somebody who was taken out of one is still known as a member for up to a minute. */
@Injectable()
export class UserGroups {
  private readonly lists = new Map<string, List>();

  constructor(private readonly slack: SlackClient) {}

  /**
   * The ids of a group's members. Those who ask at the same time wait for one answer.
   *
   * @throws TerminalError `SlackRefused`, also for a group that there is not; CodedError `SlackUnavailable`
   */
  membersOf(group: string): Promise<ReadonlySet<string>> {
    const known = this.lists.get(group);
    if (known !== undefined && performance.now() - known.readAt < FRESH) return known.members;
    const members = this.slack.membersOf(group, AbortSignal.timeout(TIMEOUT)).then((users) => new Set(users));
    const list: List = { members, readAt: performance.now() };
    members.catch(() => this.lists.get(group) === list && this.lists.delete(group));
    this.remember(group, list);
    return members;
  }

  private remember(group: string, list: List): void {
    this.lists.delete(group);
    this.lists.set(group, list);
    const [oldest] = this.lists.keys();
    if (this.lists.size > REMEMBERED && oldest !== undefined) this.lists.delete(oldest);
  }
}
