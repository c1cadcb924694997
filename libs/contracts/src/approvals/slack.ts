/** Queue `slack`: approval messages in a Slack channel. */
import { defineActivity } from '../define';
import {
  AskReason,
  FindMember,
  PostApproval,
  Remind,
  ShowVotes,
  TellPerson,
  UpdateMessage,
  type ApprovalChannel,
  type MessageRef,
  type MessageUpdated,
  type PersonTold,
  type ReasonAsked,
} from './channel';

const queue = 'slack';

export const postApproval = defineActivity<MessageRef>()({
  name: 'slack.postApproval',
  queue,
  input: PostApproval,
  description: 'Post a message with Approve and Reject buttons',
});

export const updateMessage = defineActivity<MessageUpdated>()({
  name: 'slack.updateMessage',
  queue,
  input: UpdateMessage,
  description: 'Replace the buttons by what became of the approval',
});

export const showVotes = defineActivity<MessageUpdated>()({
  name: 'slack.showVotes',
  queue,
  input: ShowVotes,
  description: 'Show in the message who has voted so far; the buttons stay',
});

export const remindApprovers = defineActivity<MessageUpdated>()({
  name: 'slack.remind',
  queue,
  input: Remind,
  description: 'Say below the message that it still waits',
});

export const tellPerson = defineActivity<PersonTold>()({
  name: 'slack.tell',
  queue,
  input: TellPerson,
  description: 'Tell one person something that nobody else sees',
});

export const askReason = defineActivity<ReasonAsked>()({
  name: 'slack.askReason',
  queue,
  input: AskReason,
  description: 'Open a dialog that asks why somebody rejects',
});

export const findMember = defineActivity<{ readonly member: boolean }>()({
  name: 'slack.findMember',
  queue,
  input: FindMember,
  description: 'Look whether somebody is in one of some user groups',
});

export const slackChannel = {
  post: postApproval,
  update: updateMessage,
  remind: remindApprovers,
  showVotes,
  tell: tellPerson,
  askReason,
  findMember,
} as const satisfies ApprovalChannel;
