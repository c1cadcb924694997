import { InstanceSubjects, shardOf } from '@countersign/contracts';
import type { Input, InputBody, Started, Step } from '@countersign/workflow';
import type { InstanceView } from './client';
import type { JetStreamLog } from './log';
import type { ShardLogs } from './shard-logs';
import { storedMessages } from './stored-messages';

/** Everything that is stored of an instance, in the order of the stream. */
export interface StoredHistory {
  readonly steps: readonly { readonly seq: number; readonly step: Step }[];
  /** By sequence. Some may not be listed by a step yet. */
  readonly inputs: ReadonlyMap<number, Input>;
  /** False where the history is larger than what was to be read: its beginning is here. */
  readonly complete: boolean;
}

/** Reads what happened to one instance. Throws CodedError `StorageUnavailable`. */
export class InstanceHistory {
  constructor(private readonly logs: ShardLogs) {}

  /** Of the instance that has the id now; undefined when there is none. */
  async started(id: string): Promise<(Input & { readonly body: Started }) | undefined> {
    const { log, subjects } = this.instance(id);
    const first = await log.first(subjects.input);
    if (first === undefined) return undefined;
    const body = JSON.parse(first.body) as InputBody;
    return body.type === 'started' ? { seq: first.seq, at: first.at, body } : undefined;
  }

  /**
   * Everything up to the step that the view is of, and the inputs after it.
   *
   * @param maxBytes about how much JSON is read at most
   */
  async read({ id, seq }: InstanceView, maxBytes: number): Promise<StoredHistory> {
    const { log, subjects } = this.instance(id);
    const newest = await log.last(subjects.input);
    const steps: { seq: number; step: Step }[] = [];
    const inputs = new Map<number, Input>();
    let left = maxBytes / 2;
    for await (const message of storedMessages(log, subjects.step, { from: 1, upTo: seq })) {
      if ((left -= message.body.length) < 0) break;
      steps.push({ seq: message.seq, step: JSON.parse(message.body) as Step });
    }
    const allSteps = left >= 0;
    left += maxBytes / 2;
    for await (const message of storedMessages(log, subjects.input, { from: 1, upTo: newest?.seq ?? 0 })) {
      if ((left -= message.body.length) < 0) break;
      const body = JSON.parse(message.body) as InputBody;
      inputs.set(message.seq, { seq: message.seq, at: message.at, body });
    }
    return { steps, inputs, complete: allSteps && left >= 0 };
  }

  private instance(id: string): { log: JetStreamLog; subjects: InstanceSubjects } {
    return { log: this.logs.of(id), subjects: new InstanceSubjects(shardOf(id, this.logs.shards), id) };
  }
}
