/** Every channel, by name: to add one is to add its notifier's activities here. */
import type { ApprovalChannel } from './channel';
import { emailChannel } from './email';
import type { ChannelName } from './policy';
import { slackChannel } from './slack';

export const approvalChannels: Readonly<Record<ChannelName, ApprovalChannel>> = {
  slack: slackChannel,
  email: emailChannel,
};
