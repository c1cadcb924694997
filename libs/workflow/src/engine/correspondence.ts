/**
 * What an instance has to do with other instances: whose child it is, whose signals it has had, what
 * it has to tell them. Messages from one instance to another may be published any number of times, and
 * are told apart by where they come from (see `Source`).
 *
 * Invariants:
 * 1. A signal counts once, however often and however late it comes (hazard 10).
 * 2. Who waits for the instance as its child is told whenever it ends, under the number by which it waits now.
 * 3. Who wants the id of an instance that is not its child is told so, and waits for nothing (hazard 10).
 */
import { ENGINE_FAILURES } from '../definitions';
import type { InputBody, Source } from '../protocol/inputs';
import type { Lifetime } from './lifetime';
import { MAX_SOURCES } from './limits';
import { generationOf } from './rewind';
import { refused, type Verdict } from './verdict';

/** A message for another instance: a child's end for its parent, a refusal for who wanted its id. */
export interface Reply {
  readonly to: Source;
  readonly body: InputBody;
}

export class Correspondence {
  #parent: Source | undefined;
  /** Of signals that the journal holds, the oldest first. */
  #sources = new Set<string>();
  #replies: Reply[] = [];

  constructor(private readonly id: string) {}

  /** Who waits for its end. */
  get parent(): Source | undefined {
    return this.#parent;
  }

  /** It is the child of an instance, or of none. */
  belongsTo(parent: Source | undefined): void {
    this.#parent = parent;
  }

  /** Who starts it is who has started it. */
  isParent(source: Source): boolean {
    return this.#parent !== undefined && sourceKey(source) === sourceKey(this.#parent);
  }

  /** The same wait of the same parent, under the number that a rewind gave it. */
  isParentRewound({ id, run, n }: Source): boolean {
    const known = this.#parent;
    return known?.id === id && known.run === run && generationOf(n) > generationOf(known.n);
  }

  /** Its id is not there for the child of another instance. */
  refuse(parent: Source): Verdict {
    const error = {
      code: ENGINE_FAILURES.childIdTaken,
      message: `the id ${this.id} belongs to another instance; choose another id for the child`,
      retryable: false,
    };
    this.#replies.push({ to: parent, body: { type: 'failed', run: parent.run, n: parent.n, error } });
    return refused('the id belongs to another instance');
  }

  /** The instance has ended: its parent is told how. */
  tellEnd({ error, result = null }: Pick<Lifetime, 'error' | 'result'>): void {
    if (this.#parent === undefined) return;
    const { run, n } = this.#parent;
    const body: InputBody =
      error === undefined ? { type: 'completed', run, n, result } : { type: 'failed', run, n, error };
    this.#replies.push({ to: this.#parent, body });
  }

  /** Whether a signal that the journal holds came again; takes note of it otherwise. */
  isRepeated(body: InputBody): boolean {
    if (body.type !== 'event' || body.source === undefined) return false;
    const key = sourceKey(body.source);
    if (this.#sources.has(key)) return true;
    this.#sources.add(key);
    return false;
  }

  /** Takes for granted that signals were applied (see `Continuation`). */
  assume(sources: readonly string[]): void {
    for (const source of sources) this.#sources.add(source);
  }

  /** The newest signals that were applied; those before are forgotten. */
  newestSources(): string[] {
    const newest = [...this.#sources].slice(-MAX_SOURCES);
    this.#sources = new Set(newest);
    return newest;
  }

  /** Gives what is to be told since the last call. */
  takeReplies(): Reply[] {
    const taken = this.#replies;
    this.#replies = [];
    return taken;
  }
}

export const sourceKey = ({ id, run, n }: Source): string => `${id}/${run}/${n}`;
