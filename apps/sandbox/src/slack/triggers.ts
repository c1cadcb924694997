import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { SlackPerson } from './people';
import { SlackError } from './slack-error';

/** Milliseconds within which an app may open a dialog for somebody who pressed something. */
const LIFE = 3000;
/** How many are remembered; older ones are unknown. */
const REMEMBERED = 1000;

interface Trigger {
  readonly user: SlackPerson;
  /** Milliseconds since the epoch. */
  readonly at: number;
  used: boolean;
}

/** Slack's leave to open a dialog for somebody (docs.slack.dev/interactivity/handling-user-interaction). Not kept over a restart. */
@Injectable()
export class Triggers {
  private readonly triggers = new Map<string, Trigger>();

  /** A trigger_id for what this person did just now. */
  issue(user: SlackPerson, at = Date.now()): string {
    const id = `${at}.${randomBytes(6).readUIntBE(0, 6)}.${randomBytes(16).toString('hex')}`;
    this.triggers.set(id, { user, at, used: false });
    const [oldest] = this.triggers.keys();
    if (this.triggers.size > REMEMBERED && oldest !== undefined) this.triggers.delete(oldest);
    return id;
  }

  /** Whom the dialog is for. Throws SlackError `invalid_trigger_id`, `exchanged_trigger_id`, `expired_trigger_id`. */
  exchange(id: string): SlackPerson {
    const trigger = this.triggers.get(id);
    if (trigger === undefined) throw new SlackError('invalid_trigger_id');
    if (trigger.used) throw new SlackError('exchanged_trigger_id');
    if (Date.now() - trigger.at > LIFE) throw new SlackError('expired_trigger_id');
    trigger.used = true;
    return trigger.user;
  }
}
