/** What the broker holds of instances: the truth that all answers are compared with. */
import { instanceIdOf, parkedFilter } from '@countersign/contracts';
import { InstanceHistory, JetStreamConnection, ShardLogs, WorkflowClient } from '@countersign/jetstream';
import {
  isTerminal,
  replay,
  WorkflowRegistry,
  type AppliedInput,
  type InputBody,
  type Step,
} from '@countersign/workflow';
import { definitions } from '@countersign/workflows';
import type { TestStack } from './test-stack';

export interface StoredInput {
  readonly seq: number;
  readonly body: InputBody;
  /** What became of it; undefined where no step lists it. */
  readonly listed?: AppliedInput;
}

export interface Journal {
  readonly steps: readonly Step[];
  readonly inputs: readonly StoredInput[];
  readonly last: Step;
}

export class Journals {
  private readonly registry = new WorkflowRegistry(definitions);
  private readonly client: WorkflowClient;
  private readonly history: InstanceHistory;

  private constructor(
    private readonly connection: JetStreamConnection,
    private readonly logs: ShardLogs,
  ) {
    this.client = new WorkflowClient(logs);
    this.history = new InstanceHistory(logs);
  }

  static async open({ natsUrl }: TestStack): Promise<Journals> {
    const connection = await JetStreamConnection.open({ servers: natsUrl, name: 'e2e' });
    return new Journals(connection, new ShardLogs(connection, 1));
  }

  async close(): Promise<void> {
    this.logs.close();
    await this.connection.close();
  }

  /** Ids of instances that stand still. */
  async parked(): Promise<string[]> {
    return (await this.logs.at(0).subjects(parkedFilter(0))).map(instanceIdOf);
  }

  /**
   * The instance's journal, which replays to the state that it tells, and waits for something unless it
   * has ended. Undefined when there is no such instance.
   *
   * @throws Error that says what is wrong with it
   */
  async of(id: string): Promise<Journal | undefined> {
    const view = await this.client.read(id, Infinity);
    if (view?.step === undefined) return undefined;
    const { steps, inputs } = await this.history.read(view, Infinity);
    const bodies = new Map([...inputs.values()].map(({ seq, body }) => [seq, body]));
    const find = (name: string, version?: number) => this.registry.find(name, version);
    const replayed = replay({ id, find, inputs: bodies, steps });
    const last = view.step;
    if (replayed.kind !== 'ok') throw new Error(`${id} does not replay: ${JSON.stringify(replayed)}`);
    if (replayed.execution.status !== last.status)
      throw new Error(`${id} is ${last.status}, and replays to ${replayed.execution.status}`);
    const open = last.waits.length + (last.tasks?.length ?? 0);
    if (isTerminal(last.status) ? open > 0 : open === 0)
      throw new Error(`${id} is ${last.status} with ${open} activities and waits open`);
    const listed = new Map(steps.flatMap(({ step }) => step.inputs).map((input) => [input.seq, input]));
    return {
      steps: steps.map(({ step }) => step),
      last,
      inputs: [...inputs.values()].map(({ seq, body }) => ({ seq, body, ...found(listed.get(seq)) })),
    };
  }
}

const found = (listed: AppliedInput | undefined) => listed && { listed };

/** How often an input of a kind was applied. */
export const applied = ({ inputs }: Journal, type: InputBody['type']): number =>
  inputs.filter(({ body, listed }) => body.type === type && listed?.outcome === 'applied').length;
