import { Injectable } from '@nestjs/common';
import type { Answer } from '../ingestion/ingestion.client';
import type { SandboxEvent } from '../journal/events';
import { Journal } from '../journal/journal';
import type { Push } from './events';

/** What the customer answered to a push, and what became of that. */
export interface PushAnswer {
  readonly approved: boolean;
  readonly answer: Answer;
}

export interface PushRecord extends Push {
  readonly answered?: PushAnswer;
}

/** Devices whose registration begins so are not there: so that any test can have one. */
const NEVER_REGISTERED = 'unregistered';

/** The devices that pushes go to. Every registration is taken, but those that are known to be gone. */
@Injectable()
export class Devices {
  private pushes: PushRecord[] = [];
  private readonly gone = new Set<string>();

  constructor(private readonly journal: Journal) {
    journal.attach((event) => this.apply(event));
  }

  /** Newest last. */
  list(): readonly PushRecord[] {
    return this.pushes;
  }

  /** @param id the last part of the message's name */
  find(id: string): PushRecord | undefined {
    return this.pushes.find(({ name }) => name.endsWith(`/messages/${id}`));
  }

  isRegistered(token: string): boolean {
    return !token.startsWith(NEVER_REGISTERED) && !this.gone.has(token);
  }

  push(push: Push): void {
    this.journal.record({ kind: 'fcm.pushed', push });
  }

  unregister(token: string): void {
    this.journal.record({ kind: 'fcm.unregistered', token });
  }

  recordAnswer(name: string, approved: boolean, answer: Answer): void {
    this.journal.record({ kind: 'fcm.answered', name, approved, answer });
  }

  private apply(event: SandboxEvent): void {
    switch (event.kind) {
      case 'fcm.pushed':
        this.pushes.push(event.push);
        return;
      case 'fcm.unregistered':
        this.gone.add(event.token);
        return;
      case 'fcm.answered': {
        const { name, approved, answer } = event;
        this.pushes = this.pushes.map((push) =>
          push.name === name ? { ...push, answered: { approved, answer } } : push,
        );
        return;
      }
      case 'reset':
        this.pushes = [];
        this.gone.clear();
    }
  }
}
