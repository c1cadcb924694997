import { InstanceSubjects, type PurgedNotice, resultId, shardOf } from '@countersign/contracts';
import {
  CodedError,
  entityWorkflow,
  parseEntityId,
  toErrorData,
  type Command,
  type Decision,
  type Execution,
  type OutgoingMessage,
  type Reply,
  type Started,
  type Step,
} from '@countersign/workflow';
import { delay } from './delay';
import type { ShardContext } from './options';
import { withdrawnTimers } from './schedules';

const DAY = 24 * 3600 * 1000;
/** First and longest pause between two tries of a publish whose outcome is unknown, in milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 2_000;

const unavailable = (reason: string): CodedError =>
  new CodedError('StorageUnavailable', reason, { retryable: true });

export interface PublishOptions {
  /** Subjects of schedules that are over and that the step itself did not cancel. */
  readonly purged: readonly string[];
  /** What goes out says that it was sent from there (a `traceparent`). */
  readonly trace?: string;
  /** Which commands still matter; a repeat leaves out the others. */
  isOpen(command: Command): boolean;
}

interface Sender {
  readonly step: Step;
  readonly trace: string | undefined;
}

/**
 * Publishes what a stored step decided (R2). Everything here may be published again: a task
 * carries expected sequence 0 on a subject of its own, a timer replaces itself, signals, child
 * starts and replies carry where they come from, and the fold that gets them knows them again.
 */
export class Outbox {
  constructor(private readonly context: ShardContext) {}

  /** Resolves when all of it is stored. Open tasks are purged before anything is published. */
  async publish(
    subjects: InstanceSubjects,
    decision: Decision,
    { purged, isOpen, trace }: PublishOptions,
  ): Promise<void> {
    const { step, withdrawn, commands, replies } = decision;
    const tasks = withdrawn.filter((command) => command.kind === 'task');
    const purges = [...tasks.map(({ queue, name, n }) => subjects.task(queue, name, step.run, n)), ...purged];
    if (purges.length > 0) await Promise.all(purges.map((subject) => this.purge(subjects.id, subject)));
    const open = commands.filter(isOpen);
    const entities = open.flatMap((command) => this.#startOfEntity(command));
    if (entities.length > 0) await Promise.all(entities.map((message) => this.store(subjects.id, message)));
    const messages = [
      ...open.map((command) => this.#message(subjects, { step, trace }, command)),
      ...replies.map((reply) => this.#reply(reply)),
    ];
    await Promise.all(messages.map((message) => message && this.store(subjects.id, message)));
  }

  /**
   * What earlier steps decided and is still open in the newest state goes out again: whoever stored them may not have
   * lived to publish it (R3).
   */
  async publishAgain(
    subjects: InstanceSubjects,
    execution: Execution,
    decisions: readonly Decision[],
  ): Promise<void> {
    const { run, trace } = execution;
    for (const decision of decisions) {
      const sameRun = decision.step.run === run;
      const isOpen = ({ kind, n }: Command): boolean => kind === 'signal' || (sameRun && execution.isOpen(n));
      await this.publish(subjects, decision, { purged: withdrawnTimers(subjects, decision), isOpen, trace });
    }
  }

  /** An entity is started by whoever sends it an operation; one that is there stays as it is. */
  #startOfEntity(command: Command): OutgoingMessage[] {
    if (command.kind !== 'signal') return [];
    const entity = parseEntityId(command.target);
    if (entity === undefined) return [];
    const started: Started = { type: 'started', workflow: entityWorkflow(entity.name), input: {} };
    return [{ subject: this.#inputOf(command.target), body: JSON.stringify(started), expectedLast: 0 }];
  }

  /**
   * Publishes until it is certain that the message is stored.
   *
   * @returns its sequence.
   * @throws CodedError `StorageUnavailable` after the acknowledgement time: others may have moved the
   *   instance on by then, so the journal is to be read again before anything of it is published (R3).
   */
  async store(id: string, message: OutgoingMessage): Promise<number> {
    return this.#patiently(id, async () => {
      const outcome = await this.context.log.publish(message);
      if (outcome.kind === 'stored' || outcome.kind === 'duplicate') return outcome.seq;
      if (outcome.kind === 'conflict' && outcome.last > 0) return outcome.last;
      throw unavailable(outcome.kind === 'unknown' ? outcome.reason : 'refused, although nothing is there');
    });
  }

  /** Purges until it is certain. @throws like {@link store}. */
  async purge(id: string, filter: string, before?: number): Promise<void> {
    return this.#patiently(id, () => this.context.log.purge(filter, before));
  }

  async #patiently<T>(id: string, attempt: () => Promise<T>): Promise<T> {
    const { clock, limits, report } = this.context;
    const end = clock.now() + limits.ackWait;
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await attempt();
      } catch (error) {
        if (clock.now() >= end) throw error;
        report({ kind: 'retrying', id, reason: toErrorData(error).message });
        await delay(clock, pause);
      }
    }
  }

  /** Tells whoever keeps a copy of the instance that everything up to the step is purged. */
  notice(subjects: InstanceSubjects, step: number): OutgoingMessage {
    const notice: PurgedNotice = { step };
    return { subject: subjects.purged, body: JSON.stringify(notice), ttl: DAY, rollup: true };
  }

  /** The watchdog: one schedule for all open activities of an instance. */
  watchdog(subjects: InstanceSubjects, run: number, due: number): OutgoingMessage {
    return {
      subject: subjects.timer(run, 'w'),
      body: JSON.stringify({ type: 'timer', run, n: 'w', due }),
      schedule: { at: due, target: subjects.input },
    };
  }

  #message(subjects: InstanceSubjects, from: Sender, command: Command): OutgoingMessage | undefined {
    const { run, updatedAt } = from.step;
    const { n, name, args } = command;
    const source = { id: subjects.id, run, n };
    const trace = from.trace === undefined ? '' : `,"trace":"${from.trace}"`;
    switch (command.kind) {
      case 'task': {
        const { retry, startToClose, deadline } = command;
        return {
          subject: subjects.task(command.queue, name, run, n),
          body: `{"input":${args},"retry":${JSON.stringify(retry)},"startToClose":${startToClose},"deadline":${deadline}${trace}}`,
          expectedLast: 0,
          ttl: deadline - updatedAt + DAY,
        };
      }
      case 'timer':
        return {
          subject: subjects.timer(run, n),
          body: JSON.stringify({ type: 'timer', run, n, due: command.due }),
          schedule: { at: command.due, target: subjects.input },
        };
      case 'child':
        return {
          subject: this.#inputOf(command.childId),
          body: `{"type":"started","workflow":${JSON.stringify(name)},"input":${args},"parent":${JSON.stringify(source)}${trace}}`,
          msgId: `${resultId(subjects.id, run, n)}/start`,
        };
      case 'signal':
        return {
          subject: this.#inputOf(command.target),
          body: `{"type":"event","name":${JSON.stringify(name)},"data":${args},"source":${JSON.stringify(source)}${trace}}`,
          msgId: `${resultId(subjects.id, run, n)}/signal`,
        };
      default:
        return undefined;
    }
  }

  #reply({ to, body }: Reply): OutgoingMessage {
    return {
      subject: this.#inputOf(to.id),
      body: JSON.stringify(body),
      msgId: `${resultId(to.id, to.run, to.n)}/reply`,
    };
  }

  #inputOf(id: string): string {
    return new InstanceSubjects(shardOf(id, this.context.shards), id).input;
  }
}
