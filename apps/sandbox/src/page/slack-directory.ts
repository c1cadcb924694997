import { Injectable } from '@nestjs/common';
import { CHANNELS, GROUPS, PEOPLE } from '../slack/people';
import { Workspace } from '../slack/workspace';
import type { Directory } from './mrkdwn';

/** Names of people, groups and channels, for texts that mention them. */
@Injectable()
export class SlackDirectory implements Directory {
  constructor(private readonly workspace: Workspace) {}

  person(id: string): string {
    return PEOPLE.find((person) => person.id === id)?.name ?? this.presserName(id) ?? id;
  }

  channel(id: string): string {
    const posted = this.workspace.list().map(({ channel }) => channel);
    return [...CHANNELS, ...posted].find((channel) => channel.id === id)?.name ?? id;
  }

  group(id: string): string {
    return GROUPS.find((group) => group.id === id)?.name ?? id;
  }

  /** Clicks may come from people whom only the control API named. */
  private presserName(id: string): string | undefined {
    const presses = this.workspace.list().flatMap((message) => message.presses);
    return presses.find(({ by }) => by.id === id)?.by.name;
  }
}
