import type { FcmEvent } from '../fcm/events';
import type { FlexDeployEvent } from '../flexdeploy/events';
import type { MailEvent } from '../mail/events';
import type { SlackEvent } from '../slack/events';

/** Everything that can happen in the sandbox: its state is the fold of these. */
export type SandboxEvent = SlackEvent | FlexDeployEvent | FcmEvent | MailEvent | { readonly kind: 'reset' };
