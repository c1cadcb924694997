import { instanceIdProblem } from '@countersign/contracts';
import {
  type InstanceView,
  readProgress,
  type ReportedProgress,
  type ShardLogs,
  type WorkflowClient,
} from '@countersign/jetstream';
import { isTerminal } from '@countersign/workflow';
import type { Pace } from './pace';
import { publicState } from './public-status';
import { digestOf, type Version } from './version';

/** An instance as this service sees it: with what its activities report, and which version that is. */
export interface StatusView extends InstanceView {
  readonly progress?: ReportedProgress;
  readonly version: Version;
}

/** How many instances are remembered. */
const MOST_SEEN = 10_000;

/** Adds the version to what was read. */
export function viewOf(view: InstanceView, progress?: ReportedProgress): StatusView {
  const version = { seq: view.seq, progress: progress?.seq ?? 0, digest: digestOf(publicState(view)) };
  return progress === undefined ? { ...view, version } : { ...view, progress, version };
}

/** Reads instances; what this process has answered once is never answered older. */
export class StatusReader {
  /** Newest step that was seen, by instance id; those seen last are at the end. */
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly client: WorkflowClient,
    private readonly logs: ShardLogs,
    private readonly pace: Pace,
  ) {}

  /**
   * @param atLeast what the caller knows already: an older answer is asked again of the leader
   * @returns undefined when there is no such instance, which the leader confirmed
   * @throws CodedError `StorageUnavailable`
   */
  async read(
    id: string,
    atLeast: Pick<Version, 'seq' | 'progress'> = { seq: 0, progress: 0 },
  ): Promise<StatusView | undefined> {
    if (instanceIdProblem(id) !== undefined) return undefined;
    const view = await this.client.read(id, Math.max(atLeast.seq, this.seen.get(id) ?? 0));
    if (view === undefined) return undefined;
    this.remember(view);
    const known = view.seq === atLeast.seq ? atLeast.progress : 0;
    return viewOf(view, await readProgress(this.logs, view, known));
  }

  private remember({ id, seq, status, step }: InstanceView): void {
    if (step === undefined) return;
    if (isTerminal(status) && this.seen.get(id) !== seq) this.pace.learn(step);
    this.seen.delete(id);
    this.seen.set(id, seq);
    if (this.seen.size <= MOST_SEEN) return;
    const [oldest] = this.seen.keys();
    if (oldest !== undefined) this.seen.delete(oldest);
  }
}
