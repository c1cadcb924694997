import { type ShardLogs, stepsBetween } from '@countersign/jetstream';
import { isTerminal } from '@countersign/workflow';
import type { Changes, Follower } from './changes';
import { publicStatus } from './public-status';
import { type StatusReader, type StatusView, viewOf } from './status-reader';
import { sameVersion, type Version, versionText } from './version';

export interface EventStreamTimes {
  /** Milliseconds of silence after which a comment keeps proxies from giving up. */
  readonly heartbeat: number;
  /** Milliseconds after which a stream ends; its client resumes. */
  readonly life: number;
}

const TIMES: EventStreamTimes = { heartbeat: 15_000, life: 15 * 60_000 };
/** Milliseconds after which a client connects again: the first words of every stream. */
const HELLO = 'retry: 2000\n: here is what is new\n\n';
const HEARTBEAT = ':\n\n';

/** What a client was shown last. */
interface Shown {
  readonly version: Version;
  /** JSON of the progress; undefined where only its version is known. */
  readonly progress?: string | undefined;
}

/**
 * The states of an instance as server-sent events, one for each change of the public state or of the
 * progress. The text is made as fast as the client takes it: states come from the journal when they
 * are sent, so that nothing is kept for a slow client and only intermediate progress is lost on it.
 */
export class EventStreams {
  constructor(
    private readonly reader: StatusReader,
    private readonly changes: Changes,
    private readonly logs: ShardLogs,
    private readonly times: EventStreamTimes = TIMES,
  ) {}

  /**
   * @param known the state that the client saw last: what was stored since is sent, in order
   * @param left aborted when the client is gone
   * @returns undefined when there is no such instance; `over` when it ended with the state that the client knows
   * @throws CodedError `StorageUnavailable`
   */
  async open(
    id: string,
    known: Version | undefined,
    left: AbortSignal,
  ): Promise<AsyncGenerator<string> | 'over' | undefined> {
    const view = await this.reader.read(id, known);
    if (view === undefined) return undefined;
    if (isTerminal(view.status) && known?.seq === view.seq) return 'over';
    // An instance that has fewer steps than the client knows of was purged and started anew.
    const shown = known === undefined || known.seq > view.seq ? undefined : { version: known };
    return this.stream(view, shown, left);
  }

  private async *stream(
    first: StatusView,
    shown: Shown | undefined,
    left: AbortSignal,
  ): AsyncGenerator<string> {
    const end = performance.now() + this.times.life;
    const follower = this.changes.follow(first, { progress: true });
    try {
      yield HELLO;
      for (let view = first; ;) {
        for await (const state of this.since(shown, view)) yield message(state);
        if (isTerminal(view.status)) return yield endOf(view.version);
        shown = shownOf(view);
        const newer = await this.newer(
          follower,
          view.version,
          Math.min(end - performance.now(), this.times.heartbeat),
          left,
        );
        if (left.aborted || this.changes.stopping || performance.now() >= end) return;
        if (newer === 'gone') return yield endOf(view.version);
        if (newer === undefined) yield HEARTBEAT;
        else view = newer;
      }
    } finally {
      follower.leave();
    }
  }

  private async newer(
    follower: Follower,
    than: Version,
    ms: number,
    left: AbortSignal,
  ): Promise<StatusView | 'gone' | undefined> {
    const isNew = (view: StatusView | undefined) => view === undefined || !sameVersion(view.version, than);
    if (!(await follower.until(isNew, ms, left))) return undefined;
    return follower.newest ?? 'gone';
  }

  /** The states after what was shown, up to the view's: each once. */
  private async *since(shown: Shown | undefined, view: StatusView): AsyncGenerator<StatusView> {
    let digest = shown?.version.digest;
    if (shown !== undefined && shown.version.seq < view.seq)
      for await (const { seq, step } of stepsBetween(this.logs, view.id, shown.version.seq, view.seq)) {
        const state = viewOf({ id: view.id, seq, status: step.status, step });
        if (state.version.digest === digest) continue;
        digest = state.version.digest;
        yield state;
      }
    if (view.version.digest !== digest || hasOtherProgress(view, shown)) yield view;
  }
}

const shownOf = ({ version, progress }: StatusView): Shown => ({
  version,
  progress: progress && JSON.stringify(progress.value),
});

/** A report that repeats the one before is no change. */
function hasOtherProgress({ version, progress }: StatusView, shown: Shown | undefined): boolean {
  if (shown === undefined) return true;
  if (version.progress === shown.version.progress) return false;
  return progress === undefined || JSON.stringify(progress.value) !== shown.progress;
}

const message = (view: StatusView): string =>
  `id: ${versionText(view.version)}\ndata: ${JSON.stringify(publicStatus(view))}\n\n`;

/** Tells the client to close; one that comes back nevertheless is told so by 204. */
const endOf = (version: Version): string => `event: end\nid: ${versionText(version)}\ndata: {}\n\n`;
