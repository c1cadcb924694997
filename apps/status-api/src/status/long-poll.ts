import { isTerminal } from '@countersign/workflow';
import type { Changes } from './changes';
import type { StatusReader, StatusView } from './status-reader';
import type { KnownVersions } from './version';

export interface Hold {
  readonly seconds: number;
  /** The client is gone: its answer need not be held any longer. */
  readonly left: AbortSignal;
}

/** Reads an instance, at once or when there is something new. */
export class LongPoll {
  constructor(
    private readonly reader: StatusReader,
    private readonly changes: Changes,
  ) {}

  /**
   * The instance as soon as its public state is another one than the client knows of, or than it is
   * now where the client says nothing of what it knows; its newest state when the time is up first.
   * Progress alone ends no wait. What has ended is not waited for.
   *
   * @param known undefined when the client says nothing
   * @throws CodedError `StorageUnavailable`
   */
  async read(id: string, known: KnownVersions | undefined, hold: Hold): Promise<StatusView | undefined> {
    const view = await this.reader.read(id, known?.newest);
    if (view === undefined || hold.seconds === 0 || isTerminal(view.status)) return view;
    if (known !== undefined && !known.hasState(view.version)) return view;
    const follower = this.changes.follow(view, { progress: false });
    try {
      const { digest } = view.version;
      const changed = await follower.until(
        (newest) => newest?.version.digest !== digest,
        hold.seconds * 1000,
        hold.left,
      );
      return changed || hold.left.aborted ? follower.newest : await follower.look();
    } finally {
      follower.leave();
    }
  }
}
