import { approvalChannels, type ApprovalChannel } from '@countersign/contracts';

/** What can be done through the channel that a door belongs to; such a door has the channel's name. */
export const channelOf = (door: string): ApprovalChannel | undefined =>
  Object.entries(approvalChannels).find(([name]) => name === door)?.[1];
