import { FindMember, findMember } from '@countersign/contracts';
import { Activity } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { UserGroups } from './slack/user-groups';

/** Says whether somebody is in one of some user groups. */
@Controller()
export class FindMemberHandler {
  constructor(private readonly groups: UserGroups) {}

  /** A group that cannot be read fails this only where the others do not settle it. */
  @Activity(findMember)
  async find({ user, groups }: FindMember): Promise<{ member: boolean }> {
    const lists = await Promise.allSettled(groups.map((group) => this.groups.membersOf(group)));
    if (lists.some((list) => list.status === 'fulfilled' && list.value.has(user))) return { member: true };
    const broken = lists.find((list) => list.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    return { member: false };
  }
}
