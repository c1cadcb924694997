/** Queue `email`: approvals by e-mail. The message links to the approval page; what follows comes in its thread. */
import { defineActivity } from '../define';
import {
  PostApproval,
  Remind,
  UpdateMessage,
  type ApprovalChannel,
  type MessageRef,
  type MessageUpdated,
} from './channel';

const queue = 'email';

export const mailApproval = defineActivity<MessageRef>()({
  name: 'email.postApproval',
  queue,
  input: PostApproval,
  description: 'Send a message that links to the approval page',
});

export const mailOutcome = defineActivity<MessageUpdated>()({
  name: 'email.updateMessage',
  queue,
  input: UpdateMessage,
  description: 'Send what became of the approval',
});

export const mailReminder = defineActivity<MessageUpdated>()({
  name: 'email.remind',
  queue,
  input: Remind,
  description: 'Send a reminder that it still waits',
});

export const emailChannel = {
  post: mailApproval,
  update: mailOutcome,
  remind: mailReminder,
} as const satisfies ApprovalChannel;
