import type { InstanceSubjects } from '@countersign/contracts';
import type { AppliedInput, Step } from '@countersign/workflow';
import type { JetStreamLog } from './log';

/** Looks for the step that lists an input; each look goes on where the one before ended. */
export class AppliedSearch {
  #seen: number;

  constructor(
    private readonly log: JetStreamLog,
    private readonly subjects: InstanceSubjects,
    private readonly inputSeq: number,
  ) {
    this.#seen = inputSeq;
  }

  /** Sequence of the newest step that was looked at. The input itself is older than every step that lists it. */
  get seen(): number {
    return this.#seen;
  }

  /** @returns what became of the input; undefined while no step says so */
  async further(): Promise<AppliedInput | undefined> {
    for (const { seq, body } of await this.log.read(this.subjects.step, this.#seen + 1)) {
      this.#seen = seq;
      const applied = (JSON.parse(body) as Step).inputs.find((input) => input.seq === this.inputSeq);
      if (applied !== undefined) return applied;
    }
    return undefined;
  }
}
