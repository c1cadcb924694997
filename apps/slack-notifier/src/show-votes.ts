import { type MessageUpdated, ShowVotes, showVotes } from '@countersign/contracts';
import { Activity, type ActivityContext } from '@countersign/jetstream';
import { Controller } from '@nestjs/common';
import { Questions } from './questions';
import { unlessDeleted } from './slack/deleted';
import { SlackClient } from './slack/slack.client';

/** Shows who has voted so far; the buttons stay. */
@Controller()
export class ShowVotesHandler {
  constructor(
    private readonly slack: SlackClient,
    private readonly questions: Questions,
  ) {}

  @Activity(showVotes)
  show(input: ShowVotes, { instanceId, signal }: ActivityContext): Promise<MessageUpdated> {
    const { message, votes } = input;
    const shown = this.questions.messageOf(input, votes);
    return unlessDeleted({ instanceId, ...message }, () => this.slack.update(message, shown, signal));
  }
}
