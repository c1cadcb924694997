import type { StoredMessage } from '@countersign/workflow';
import type { JetStreamLog } from './log';

/** Messages in memory at once: each may have some hundred KiB. */
const PAGE = 32;

/**
 * All messages of a literal subject between two sequences, both included, oldest first.
 *
 * @param upTo such that this message or a later one of the subject is known to be stored: a replica that lacks it
 *   is not believed
 * @throws CodedError `StorageUnavailable`
 */
export async function* storedMessages(
  log: JetStreamLog,
  subject: string,
  { from, upTo }: { readonly from: number; readonly upTo: number },
): AsyncGenerator<StoredMessage> {
  for (let next = from; next <= upTo;) {
    let page = await log.readSome(subject, next, PAGE);
    if (page.length === 0) page = await log.readFromLeader(subject, next);
    if (page.length === 0) return;
    for (const message of page) {
      if (message.seq > upTo) return;
      yield message;
      next = message.seq + 1;
    }
  }
}
