import { WorkflowClient, type InstanceView } from '@countersign/jetstream';
import { Problem } from '@countersign/service';
import { isTerminal, type Control, type Json } from '@countersign/workflow';
import { Injectable } from '@nestjs/common';
import { checkEventName, checkInstanceId, unknownInstance } from './checks';

/** Milliseconds to wait for the step that says what became of an input. */
const OUTCOME_WAIT = 3_000;

/** What may be asked of an instance that goes on; the others are for one that has ended. */
const OF_RUNNING: readonly Control['type'][] = ['terminate', 'cancel', 'suspend', 'resume'];

/**
 * Sends inputs to an instance. However it is raced against the instance's end, or anything else,
 * it either is accepted or is refused with the reason: the journal decides, and is waited for. Who is
 * told 202 before a step lists the input (no coordinator is there) knows that it is stored.
 */
@Injectable()
export class ControlInstance {
  constructor(private readonly client: WorkflowClient) {}

  /** @throws Problem 400, 404, or 410 where the state does not allow it */
  async control(id: string, control: Control): Promise<void> {
    refuseByState(control.type, await this.state(id));
    const { seq } = await this.client.control(id, control);
    await this.settle(id, seq, !OF_RUNNING.includes(control.type));
  }

  /** @throws Problem 400, 404, or 410 once the instance has ended */
  async raise(id: string, name: string, data: Json): Promise<void> {
    checkEventName(name);
    refuseEnded(await this.state(id));
    const { seq } = await this.client.raise(id, { name }, data);
    await this.settle(id, seq, false);
  }

  private async state(id: string): Promise<InstanceView> {
    checkInstanceId(id);
    const view = await this.client.read(id, Infinity);
    if (view === undefined) throw unknownInstance();
    return view;
  }

  private async settle(id: string, seq: number, opensAgain: boolean): Promise<void> {
    const applied = await this.client.settled(id, seq, OUTCOME_WAIT, opensAgain);
    if (applied?.outcome === 'late' || applied?.outcome === 'refused')
      throw gone(`It came too late or is not allowed now: ${applied.why ?? applied.outcome}.`);
  }
}

function refuseByState(type: Control['type'], view: InstanceView): void {
  if (OF_RUNNING.includes(type)) return refuseEnded(view);
  const { status } = view;
  if (type === 'rewind' && status !== 'Failed')
    throw gone(`Only an instance that has failed can be rewound; this one is ${status}.`);
  if (type === 'restart' && !isTerminal(status))
    throw gone(`Only an instance that has ended can be restarted under its id; this one is ${status}.`);
}

function refuseEnded({ status }: InstanceView): void {
  if (isTerminal(status)) throw gone(`The instance is ${status}.`);
}

const gone = (detail: string) => new Problem(410, detail);
