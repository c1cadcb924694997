import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { SandboxEvent } from '../journal/events';
import { Journal } from '../journal/journal';
import type { View } from './events';
import type { SlackPerson } from './people';
import type { ViewDefinition } from './view-definition';

/** The dialogs that people have open. */
@Injectable()
export class Views {
  private readonly views = new Map<string, View>();

  constructor(private readonly journal: Journal) {
    journal.attach((event) => this.apply(event));
  }

  /** Oldest first. */
  list(): View[] {
    return [...this.views.values()];
  }

  find(id: string): View | undefined {
    return this.views.get(id);
  }

  open(user: SlackPerson, definition: ViewDefinition): View {
    const view = { id: `V${randomBytes(5).toString('hex').toUpperCase()}`, user, definition, errors: {} };
    this.journal.record({ kind: 'slack.viewShown', view });
    return view;
  }

  /** Keeps it open, with what was wrong. */
  keep(view: View, wrong: Pick<View, 'errors' | 'trouble'>): void {
    const { id, user, definition } = view;
    this.journal.record({ kind: 'slack.viewShown', view: { id, user, definition, ...wrong } });
  }

  close(viewId: string): void {
    this.journal.record({ kind: 'slack.viewClosed', viewId });
  }

  private apply(event: SandboxEvent): void {
    if (event.kind === 'slack.viewShown') this.views.set(event.view.id, event.view);
    if (event.kind === 'slack.viewClosed') this.views.delete(event.viewId);
    if (event.kind === 'reset') this.views.clear();
  }
}
